package io.tlstunnel.tests.tls;

import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestCa;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the {@code cases()} of a class: remotes whose certificate is not in order get no byte of a
 * request, and once it is they are served.
 */
abstract class CertificateRows {
  static final Issued ROOT = OddCert.authority("CN=root").selfSigned();

  private static GrpcBackend backend;

  @BeforeAll
  static void start() {
    backend =
        GrpcBackend.builder(TestCa.create()).anyClient().service(TunnelUnderTest.echo()).start();
  }

  @AfterAll
  static void stop() {
    backend.close();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void certificate(CertificateCase certificate, Provider provider) {
    certificate.run(backend, provider);
  }
}
