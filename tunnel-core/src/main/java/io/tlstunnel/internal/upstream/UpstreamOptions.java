package io.tlstunnel.internal.upstream;

import io.netty.channel.ChannelOption;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a tunnel leads and how it proves and checks identities on the way.
 *
 * @param host name or IP literal that is connected to
 * @param port that is connected to
 * @param sni name that is asked for and that the remote's certificate must carry; null for the host
 * @param trust whose certificates are accepted
 * @param clientCert what is shown if the remote asks for a certificate; null for nothing
 * @param tlsVersions {@code TLSv1.2}, {@code TLSv1.3}; empty for both
 * @param tlsCiphers cipher suites by their IANA names; empty for those that suit HTTP/2
 * @param tlsGroups key exchanges by their IANA names; empty for those of the TLS library
 * @param connectTimeout for TCP connect and TLS handshake together, resolving included
 * @param socketOptions for its sockets, beside those that each of them gets
 */
public record UpstreamOptions(
    String host,
    int port,
    @Nullable String sni,
    ServerTrust trust,
    @Nullable ClientCert clientCert,
    List<String> tlsVersions,
    List<String> tlsCiphers,
    List<String> tlsGroups,
    Duration connectTimeout,
    Map<ChannelOption<?>, Object> socketOptions) {
  public UpstreamOptions {
    tlsVersions = List.copyOf(tlsVersions);
    tlsCiphers = List.copyOf(tlsCiphers);
    tlsGroups = List.copyOf(tlsGroups);
    socketOptions = Map.copyOf(socketOptions);
  }

  /** The same, with another limit. */
  public UpstreamOptions within(Duration limit) {
    return new UpstreamOptions(
        host,
        port,
        sni,
        trust,
        clientCert,
        tlsVersions,
        tlsCiphers,
        tlsGroups,
        limit,
        socketOptions);
  }

  /** The remote as messages name it: {@code host:443}, {@code [::1]:443}. */
  public String remote() {
    return Peer.named(host, port);
  }

  /**
   * What a remote may find wrong with our client certificate, as far as we can see; null if
   * nothing.
   */
  public @Nullable String wrongWithClientCert() {
    Diagnosis wrong = clientCert == null ? null : OwnCertificate.wrong(clientCert, Instant.now());
    return wrong == null ? null : wrong.cause();
  }

  /** The name that the remote's certificate must carry. */
  public String serverName() {
    return ServerName.of(host, sni).expected();
  }
}
