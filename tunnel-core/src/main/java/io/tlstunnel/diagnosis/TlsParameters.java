package io.tlstunnel.diagnosis;

/**
 * What TLS agreed on, and who spoke it.
 *
 * @param version {@code TLSv1.3}
 * @param cipher the cipher suite's IANA name
 * @param library who speaks TLS here: {@code BoringSSL}, or {@code the JDK's TLS}, which costs more
 *     CPU; with the reason, if this JVM cannot use BoringSSL
 */
public record TlsParameters(String version, String cipher, String library) {}
