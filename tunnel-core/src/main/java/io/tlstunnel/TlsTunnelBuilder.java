package io.tlstunnel;

import io.netty.channel.EventLoopGroup;
import io.tlstunnel.event.TunnelListener;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;

/** Describes a tunnel, then starts it. */
public final class TlsTunnelBuilder {
  TlsTunnelBuilder() {}

  public TlsTunnelBuilder listen(int port) {
    return this;
  }

  public TlsTunnelBuilder listen(String host, int port) {
    return this;
  }

  public TlsTunnelBuilder upstream(String host, int port) {
    return this;
  }

  public TlsTunnelBuilder sni(String name) {
    return this;
  }

  public TlsTunnelBuilder authority(String authority) {
    return this;
  }

  public TlsTunnelBuilder preserveAuthority() {
    return this;
  }

  public TlsTunnelBuilder trust(Path pem) {
    return this;
  }

  public TlsTunnelBuilder trust(Collection<X509Certificate> authorities) {
    return this;
  }

  public TlsTunnelBuilder trust(KeyStore store) {
    return this;
  }

  public TlsTunnelBuilder trust(ServerTrust trust) {
    return this;
  }

  public TlsTunnelBuilder clientCert(Path chain, Path key) {
    return this;
  }

  public TlsTunnelBuilder clientCert(Path chain, Path key, String password) {
    return this;
  }

  public TlsTunnelBuilder clientCert(KeyStore store, String password) {
    return this;
  }

  public TlsTunnelBuilder clientCert(ClientCert cert) {
    return this;
  }

  public TlsTunnelBuilder tlsVersions(String... versions) {
    return this;
  }

  public TlsTunnelBuilder tlsCiphers(String... ciphers) {
    return this;
  }

  public TlsTunnelBuilder connectTimeout(Duration timeout) {
    return this;
  }

  public TlsTunnelBuilder eventLoopGroup(EventLoopGroup group) {
    return this;
  }

  public TlsTunnelBuilder listener(TunnelListener listener) {
    return this;
  }

  public TlsTunnel start() {
    return new TlsTunnel();
  }
}
