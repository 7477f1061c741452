/** Reads and writes DER, which keys and certificates are made of. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.internal.der;
