package io.tlstunnel.examples;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.junit.TestCa;
import io.tlstunnel.tls.ServerTrust;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The code of docs/tls.md. */
class RevocationTest {
  @Test
  void fileWithoutListsIsNamed() {
    Path ca = TestCa.create().pemFile();
    assertThatThrownBy(() -> trust(ca, ca))
        .hasMessage(
            ca
                + ": holds no revocation list, only: CERTIFICATE (expected: revocation lists as X509"
                + " CRL blocks)");
  }

  private static ServerTrust trust(Path ca, Path crl) {
    ServerTrust trust = ServerTrust.pem(ca).withRevocationLists(crl); // PEM: X509 CRL blocks
    return trust;
  }
}
