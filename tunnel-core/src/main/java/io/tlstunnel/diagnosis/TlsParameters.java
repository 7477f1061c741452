package io.tlstunnel.diagnosis;

/**
 * What TLS agreed on.
 *
 * @param version {@code TLSv1.3}
 * @param cipher the cipher suite's IANA name
 */
public record TlsParameters(String version, String cipher) {}
