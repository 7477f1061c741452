/** Peers that speak frames, one by one, and the rig that puts a tunnel between two of them. */
package io.tlstunnel.testpeer;
