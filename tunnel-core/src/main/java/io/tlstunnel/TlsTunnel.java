package io.tlstunnel;

import java.net.InetSocketAddress;

/** A cleartext HTTP/2 port whose connections reach one remote over mutual TLS. */
public final class TlsTunnel implements AutoCloseable {
  TlsTunnel() {}

  /** Begins the description of a tunnel. */
  public static TlsTunnelBuilder builder() {
    return new TlsTunnelBuilder();
  }

  /** The address that the tunnel listens on, with the real port where 0 was asked for. */
  public InetSocketAddress localAddress() {
    throw new UnsupportedOperationException();
  }

  /** The port that the tunnel listens on. */
  public int port() {
    return localAddress().getPort();
  }

  /** The address as gRPC clients want it: {@code 127.0.0.1:10000}, {@code [::1]:10000}. */
  public String target() {
    throw new UnsupportedOperationException();
  }

  /** Where the tunnel is in its life. */
  public TunnelState state() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
