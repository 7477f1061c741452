package io.tlstunnel.tests.rig;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;

/** The certificates of one private remote, and the tunnel that its owner would open to it. */
public final class Remote {
  /** What the remote is called in SNI and authority; no resolver knows it. */
  public static final String NAME = "remote.test";

  private final TestCa ca = TestCa.create();
  private final TestCert server = ca.server(NAME);
  private final TestCert client = ca.client("observer");

  /** Who issued the certificates of both sides. */
  public TestCa ca() {
    return ca;
  }

  /** The remote's own certificate and key. */
  public TestCert server() {
    return server;
  }

  /** A tunnel on a port of its own to the remote, which listens on a loopback port. */
  public TlsTunnel tunnelTo(int port) {
    return describeTunnelTo(port).start();
  }

  /** The same, with more to be said before it starts. */
  public TlsTunnelBuilder describeTunnelTo(int port) {
    return TlsTunnel.builder()
        .listen(0)
        .upstream("127.0.0.1", port)
        .sni(NAME)
        .trust(ca.pemFile())
        .clientCert(client.chainFile(), client.keyFile());
  }
}
