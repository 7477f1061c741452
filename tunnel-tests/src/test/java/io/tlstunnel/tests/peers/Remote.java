package io.tlstunnel.tests.peers;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;

/** The certificates of one private remote, and the tunnel that its owner would open to it. */
final class Remote {
  /** What the remote is called in SNI and authority; no resolver knows it. */
  static final String NAME = "remote.test";

  private final TestCa ca = TestCa.create();
  private final TestCert server = ca.server(NAME);
  private final TestCert client = ca.client("observer");

  TestCa ca() {
    return ca;
  }

  TestCert server() {
    return server;
  }

  /** A tunnel on a port of its own to the remote, which listens on a loopback port. */
  TlsTunnel tunnelTo(int port) {
    return TlsTunnel.builder()
        .listen(0)
        .upstream("127.0.0.1", port)
        .sni(NAME)
        .trust(ca.pemFile())
        .clientCert(client.chainFile(), client.keyFile())
        .start();
  }
}
