/** Certificates and keys for tests, minted by the JDK alone. */
package io.tlstunnel.testpki;
