/** Floods and abuse from either side, and what they cost. */
package io.tlstunnel.flood;
