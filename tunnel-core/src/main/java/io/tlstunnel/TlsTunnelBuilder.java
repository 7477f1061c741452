package io.tlstunnel;

import static java.util.Objects.requireNonNull;

import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.util.NetUtil;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.event.TunnelListener;
import io.tlstunnel.internal.downstream.Listener;
import io.tlstunnel.internal.probe.RouteProbe;
import io.tlstunnel.internal.relay.RelayContext;
import io.tlstunnel.internal.relay.RelayLimits;
import io.tlstunnel.internal.relay.RelayOptions;
import io.tlstunnel.internal.runtime.DeadPeer;
import io.tlstunnel.internal.runtime.EventLoops;
import io.tlstunnel.internal.upstream.Upstream;
import io.tlstunnel.internal.upstream.UpstreamOptions;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Describes one tunnel, then starts it. Each option may be set once; each is checked by the call
 * that sets it. Not thread-safe.
 */
public final class TlsTunnelBuilder {
  private static final int HTTPS = 443;

  private final Setting<InetSocketAddress> listen = new Setting<>("listen");
  private final Setting<InetSocketAddress> upstream = new Setting<>("upstream");
  private final Setting<String> sni = new Setting<>("sni");
  private final Setting<String> authority = new Setting<>("authority");
  private final Setting<Boolean> preserveAuthority = new Setting<>("preserveAuthority");
  private final Setting<ServerTrust> trust = new Setting<>("trust");
  private final Setting<ClientCert> clientCert = new Setting<>("clientCert");
  private final Setting<List<String>> tlsVersions = new Setting<>("tlsVersions");
  private final Setting<List<String>> tlsCiphers = new Setting<>("tlsCiphers");
  private final Setting<List<String>> tlsGroups = new Setting<>("tlsGroups");
  private final Setting<Duration> connectTimeout = new Setting<>("connectTimeout");
  private final Setting<Limits> limits = new Setting<>("limits");
  private final Setting<Duration> keepAlive = new Setting<>("keepAlive");
  private final Setting<Duration> keepAliveTimeout = new Setting<>("keepAliveTimeout");
  private final Setting<Duration> deadPeerTimeout = new Setting<>("deadPeerTimeout");
  private final Setting<Duration> idleTimeout = new Setting<>("idleTimeout");
  private final Setting<Duration> maxConnectionAge = new Setting<>("maxConnectionAge");
  private final Setting<Duration> drainOnShutdown = new Setting<>("drainOnShutdown");
  private final Setting<HostResolver> resolver = new Setting<>("resolver");
  private final Setting<EventLoopGroup> eventLoopGroup = new Setting<>("eventLoopGroup");
  private final Setting<TunnelListener> listener = new Setting<>("listener");
  private boolean started;

  TlsTunnelBuilder() {}

  /**
   * Listens on the loopback address, where only this machine reaches it. Default: a free port of
   * the loopback address.
   *
   * @param port 0-65535; 0 takes a free port, which {@link TlsTunnel#port()} tells
   */
  public TlsTunnelBuilder listen(int port) {
    listen.set(new InetSocketAddress(InetAddress.getLoopbackAddress(), Checks.port(port, 0)));
    return this;
  }

  /**
   * Listens on an address of one's choice. The port is cleartext and asks nobody who they are: on
   * any address but loopback, whoever reaches it acts with this tunnel's client certificate.
   *
   * @param host a local address or a name of one; {@code 0.0.0.0} listens on all
   * @param port 0-65535; 0 takes a free port, which {@link TlsTunnel#port()} tells
   */
  public TlsTunnelBuilder listen(String host, int port) {
    listen.set(InetSocketAddress.createUnresolved(Checks.host(host, "host"), Checks.port(port, 0)));
    return this;
  }

  /**
   * The remote. Its name is resolved anew for each connection. Required.
   *
   * @param host a host name or an IP address
   * @param port 1-65535
   */
  public TlsTunnelBuilder upstream(String host, int port) {
    upstream.set(
        InetSocketAddress.createUnresolved(Checks.host(host, "host"), Checks.port(port, 1)));
    return this;
  }

  /**
   * The name that is sent as SNI and that the remote's certificate must bear (RFC 6066, 3; RFC
   * 9110, 4.3.4). Default: the upstream host; for an IP address no SNI is sent and the certificate
   * must bear the address.
   */
  public TlsTunnelBuilder sni(String name) {
    sni.set(Checks.dnsName(name, "sni"));
    return this;
  }

  /**
   * What replaces the {@code :authority} of each request. Default: the SNI name. Excludes {@link
   * #preserveAuthority}.
   *
   * @param authority {@code host} or {@code host:port}
   */
  public TlsTunnelBuilder authority(String authority) {
    requireUnset(preserveAuthority, "authority() and preserveAuthority()");
    this.authority.set(Checks.authority(authority));
    return this;
  }

  /** Keeps the {@code :authority} that the client sends. Excludes {@link #authority}. */
  public TlsTunnelBuilder preserveAuthority() {
    requireUnset(authority, "authority() and preserveAuthority()");
    preserveAuthority.set(true);
    return this;
  }

  /**
   * Trusts the certificate authorities of a PEM file, and no others. Default: the JVM's trust
   * store. The remote's name is verified under every form of trust.
   *
   * @throws IllegalArgumentException if the file cannot be read or holds no certificate
   */
  public TlsTunnelBuilder trust(Path pem) {
    return trust(ServerTrust.pem(Checks.given(pem, "trust pem")));
  }

  /** Trusts these certificate authorities, and no others. */
  public TlsTunnelBuilder trust(Collection<X509Certificate> authorities) {
    return trust(ServerTrust.certificates(Checks.given(authorities, "trust authorities")));
  }

  /** Trusts the certificates of a key store, and no others. */
  public TlsTunnelBuilder trust(KeyStore store) {
    return trust(ServerTrust.keyStore(Checks.given(store, "trust store")));
  }

  /** Trusts what the value says. */
  public TlsTunnelBuilder trust(ServerTrust trust) {
    this.trust.set(Checks.given(trust, "trust"));
    return this;
  }

  /**
   * Shows the remote a client certificate. Default: none.
   *
   * @param chain PEM, the client's certificate first
   * @param key PEM: PKCS#8, PKCS#1 or SEC1, not encrypted
   * @throws IllegalArgumentException if a file cannot be read, or the two do not belong together
   */
  public TlsTunnelBuilder clientCert(Path chain, Path key) {
    return clientCert(
        ClientCert.pem(
            Checks.given(chain, "clientCert chain"), Checks.given(key, "clientCert key")));
  }

  /** Shows the remote a client certificate whose PKCS#8 key is encrypted. */
  public TlsTunnelBuilder clientCert(Path chain, Path key, String password) {
    return clientCert(
        ClientCert.pem(
            Checks.given(chain, "clientCert chain"),
            Checks.given(key, "clientCert key"),
            Checks.given(password, "clientCert password")));
  }

  /** Shows the remote the client certificate of a key store that holds one key. */
  public TlsTunnelBuilder clientCert(KeyStore store, String password) {
    return clientCert(
        ClientCert.keyStore(
            Checks.given(store, "clientCert store"),
            Checks.given(password, "clientCert password")));
  }

  /** Shows the remote this client certificate. */
  public TlsTunnelBuilder clientCert(ClientCert cert) {
    clientCert.set(Checks.given(cert, "clientCert"));
    return this;
  }

  /**
   * The TLS versions that may be used. Default: both.
   *
   * @param versions {@code TLSv1.2}, {@code TLSv1.3}
   */
  public TlsTunnelBuilder tlsVersions(String... versions) {
    tlsVersions.set(Checks.tlsVersions(versions));
    return this;
  }

  /**
   * The cipher suites that may be used, best first, by their IANA names. Default: those of the TLS
   * library that HTTP/2 allows.
   */
  public TlsTunnelBuilder tlsCiphers(String... ciphers) {
    tlsCiphers.set(Checks.tlsCiphers(ciphers));
    return this;
  }

  /**
   * The key exchanges (named groups) that may be used, best first, by their IANA names in letters
   * of either case. Default: those of the TLS library; BoringSSL's begin with X25519MLKEM768, which
   * makes the first packet larger than many a tunnel's MTU. The JDK's TLS takes a choice from Java
   * 20 on.
   *
   * @param groups some of {@code X25519}, {@code X448}, {@code secp256r1}, {@code secp384r1},
   *     {@code secp521r1}, {@code X25519MLKEM768}
   * @throws IllegalArgumentException for another name; {@link #start} throws it for a group that
   *     the TLS library lacks
   */
  public TlsTunnelBuilder tlsGroups(String... groups) {
    tlsGroups.set(Checks.tlsGroups(groups));
    return this;
  }

  /**
   * The limit for TCP connect and TLS handshake together, and again for the remote's first HTTP/2
   * frame. Default: 30 s.
   *
   * @param timeout 1 ms to 1 day
   */
  public TlsTunnelBuilder connectTimeout(Duration timeout) {
    connectTimeout.set(Checks.timeout(timeout, "connectTimeout"));
    return this;
  }

  /**
   * What the tunnel takes from clients and remote before it defends itself. Default: {@link
   * Limits#defaults}.
   */
  public TlsTunnelBuilder limits(Limits limits) {
    this.limits.set(Checks.given(limits, "limits"));
    return this;
  }

  /**
   * Asks a remote that has been silent for the interval, while requests are open, for a sign of
   * life (PING), and gives it up if it stays silent for the timeout. Most gRPC servers allow one
   * such PING in five minutes and end a connection that sends more; the interval is then doubled.
   * Default: off, since clients have a keepalive of their own and the tunnel passes it on.
   *
   * @param interval 1 ms to 1 day
   * @param timeout 1 ms to 1 day
   */
  public TlsTunnelBuilder keepAlive(Duration interval, Duration timeout) {
    Checks.timeout(interval, "keepAlive interval");
    Checks.timeout(timeout, "keepAlive timeout");
    keepAlive.set(interval);
    keepAliveTimeout.set(timeout);
    return this;
  }

  /**
   * Gives the remote up when TCP has had no sign of life from it for that long: neither an
   * acknowledgement of what was sent nor, while nothing is sent, an answer to TCP's own keepalive.
   * No PING is needed, so no server complains of too many. A remote that lives but takes no byte of
   * what it is sent for that long is given up too: choose it longer than any pause of the remote's.
   *
   * <p>Takes effect where the platform has it: in full with the epoll transport; with NIO only
   * while nothing is unacknowledged; on macOS not at all. Default: off; keepalive then ends an idle
   * connection after two minutes, and the system one with unacknowledged data, after about 15
   * minutes on Linux.
   *
   * @param timeout 2 s to 1 day; keepalive counts in whole seconds
   */
  public TlsTunnelBuilder deadPeerTimeout(Duration timeout) {
    deadPeerTimeout.set(Checks.deadPeerTimeout(timeout));
    return this;
  }

  /**
   * Ends connections on which no request has been open for so long, or for up to twice as long.
   * Default: off.
   *
   * @param timeout 1 ms to 1 day
   */
  public TlsTunnelBuilder idleTimeout(Duration timeout) {
    idleTimeout.set(Checks.timeout(timeout, "idleTimeout"));
    return this;
  }

  /**
   * Drains connections of that age: the client opens a new one, requests under way finish on the
   * old one. Default: off.
   *
   * @param age 1 ms to 1 day
   */
  public TlsTunnelBuilder maxConnectionAge(Duration age) {
    maxConnectionAge.set(Checks.timeout(age, "maxConnectionAge"));
    return this;
  }

  /**
   * Drains the tunnel when the JVM ends, as {@link TlsTunnel#close(Duration)} does. Default: off,
   * since most applications have an order of their own in which things are closed.
   *
   * @param drain how long requests may take, 1 ms to 1 day
   */
  public TlsTunnelBuilder drainOnShutdown(Duration drain) {
    drainOnShutdown.set(Checks.timeout(drain, "drainOnShutdown"));
    return this;
  }

  /** Asks for the remote's addresses elsewhere. Default: the JVM's resolver. */
  public TlsTunnelBuilder resolver(HostResolver resolver) {
    this.resolver.set(Checks.given(resolver, "resolver"));
    return this;
  }

  /**
   * Runs the tunnel on event loops of the application's, which it does not close. Default: loops
   * that all tunnels of the JVM share, one for each processor.
   *
   * @throws IllegalArgumentException if the loops' transport is none of epoll, kqueue and NIO
   */
  public TlsTunnelBuilder eventLoopGroup(EventLoopGroup group) {
    eventLoopGroup.set(Checks.given(group, "eventLoopGroup"));
    return this;
  }

  /** Is told what happens. Default: nobody. */
  public TlsTunnelBuilder listener(TunnelListener listener) {
    this.listener.set(Checks.given(listener, "listener"));
    return this;
  }

  /**
   * Starts the tunnel: returns once it listens. The remote need not be there yet. Blocks.
   *
   * @throws IllegalStateException if {@link #upstream} was not called, this was called before, or
   *     on an event loop of the tunnel's, which must not wait
   * @throws IllegalArgumentException if the TLS library does not know a cipher suite or a group, or
   *     the upstream host is no name that TLS can ask for and {@link #sni} was not called
   * @throws TunnelStartException if the address cannot be listened on
   */
  public TlsTunnel start() {
    if (started) {
      throw new IllegalStateException("start() was already called: a builder describes one tunnel");
    }
    remote();
    requireNoEventLoop("start()");
    EventLoops loops = eventLoops();
    started = true;
    RelayContext context = null;
    try {
      UpstreamOptions route = upstreamOptions(loops);
      context = relayContext(route, loops);
      return bind(context, route, loops);
    } catch (RuntimeException | Error failed) {
      if (context != null) {
        context.upstream().close();
      }
      loops.close();
      throw failed;
    }
  }

  /**
   * Walks the route that the tunnel will take, once and step by step: name, addresses, TLS, both
   * certificates, ALPN, HTTP/2, and a health check as a first gRPC call. Nothing is started and
   * nothing is left behind; {@link #start} may follow. Blocks until the walk is at its end, for as
   * long as {@code connectTimeout} at most, so it must not be called on an event loop. A route that
   * fails is no exception but a result.
   *
   * @throws IllegalStateException if {@link #upstream} was not called, or on an event loop
   * @throws IllegalArgumentException if the TLS library does not know a cipher suite
   */
  public RouteDiagnosis diagnose() {
    remote();
    requireNoEventLoop("diagnose()");
    try (EventLoops loops = eventLoops()) {
      UpstreamOptions route = upstreamOptions(loops);
      return probe(route).walk(loops.group(), loops.transport().socket(), route.connectTimeout());
    }
  }

  /** Walks the route of a tunnel that was started, within the given time. */
  private Function<Duration, RouteDiagnosis> diagnosing(UpstreamOptions route) {
    RouteProbe probe = probe(route);
    return limit -> {
      requireNoEventLoop("diagnose()");
      try (EventLoops loops = eventLoops()) {
        return probe.walk(loops.group(), loops.transport().socket(), limit);
      }
    };
  }

  private RouteProbe probe(UpstreamOptions route) {
    return new RouteProbe(route, this::addresses, authority.orElse(defaultAuthority(route)));
  }

  private void requireNoEventLoop(String call) {
    if (EventLoops.inEventLoop(eventLoopGroup.orNull())) {
      throw new IllegalStateException(
          call + " was called on an event loop (expected: another thread, since it waits)");
    }
  }

  private EventLoops eventLoops() {
    EventLoopGroup borrowed = eventLoopGroup.orNull();
    return borrowed == null ? EventLoops.shared() : EventLoops.borrow(borrowed);
  }

  private InetSocketAddress remote() {
    InetSocketAddress remote = upstream.orNull();
    if (remote == null) {
      throw new IllegalStateException("upstream(host, port) was not called: it is required");
    }
    return remote;
  }

  private UpstreamOptions upstreamOptions(EventLoops loops) {
    return new UpstreamOptions(
        remote().getHostString(),
        remote().getPort(),
        sni.orNull(),
        trust.isSet() ? requireNonNull(trust.orNull()) : ServerTrust.system(),
        clientCert.orNull(),
        tlsVersions.orElse(List.of()),
        tlsCiphers.orElse(List.of()),
        tlsGroups.orElse(List.of()),
        connectTimeout.orElse(Duration.ofSeconds(30)),
        loops.transport().deadPeer().apply(deadPeer()));
  }

  private RelayContext relayContext(UpstreamOptions remote, EventLoops loops) {
    Upstream route = new Upstream(remote, loops.transport().socket(), this::addresses);
    RelayOptions options =
        new RelayOptions(
            preserveAuthority.isSet() ? null : authority.orElse(defaultAuthority(remote)),
            relayLimits(),
            remote.connectTimeout(),
            keepAlive.orElse(Duration.ZERO),
            keepAliveTimeout.orElse(Duration.ofSeconds(20)),
            idleTimeout.orElse(Duration.ZERO),
            maxConnectionAge.orElse(Duration.ZERO));
    return new RelayContext(route, options, listener.orElse(event -> {}));
  }

  private DeadPeer deadPeer() {
    Duration timeout = deadPeerTimeout.orNull();
    return timeout == null ? DeadPeer.BY_DEFAULT : DeadPeer.within(timeout);
  }

  private RelayLimits relayLimits() {
    Limits chosen = limits.orElse(Limits.defaults());
    return new RelayLimits(
        chosen.maxHeaderListSize(),
        chosen.maxHeaderFields(),
        chosen.maxContinuationFrames(),
        chosen.maxOpenStreams(),
        chosen.maxConnections(),
        chosen.maxBufferedBytes(),
        chosen.prefaceTimeout(),
        chosen.headerTimeout(),
        chosen.stallTimeout());
  }

  private InetAddress[] addresses(String host) throws UnknownHostException {
    HostResolver own = resolver.orNull();
    if (own == null) {
      return InetAddress.getAllByName(host);
    }
    List<InetAddress> found = own.resolve(host);
    if (found.isEmpty()) {
      throw new UnknownHostException(host + ": the resolver gave no address");
    }
    return found.toArray(InetAddress[]::new);
  }

  private TlsTunnel bind(RelayContext context, UpstreamOptions route, EventLoops loops) {
    InetSocketAddress wanted = listenAddress();
    Listener port = new Listener(context);
    ChannelFuture bound = port.bind(wanted, loops.group(), loops.transport().serverSocket());
    Throwable cause = bound.cause();
    if (cause != null) {
      throw new TunnelStartException(ListenFailure.of(wanted, cause), cause);
    }
    context.upstream().warnOfOwnCertificate();
    TlsTunnel tunnel =
        new TlsTunnel(
            port,
            (InetSocketAddress) bound.channel().localAddress(),
            context,
            loops,
            diagnosing(route),
            route.connectTimeout());
    Duration drain = drainOnShutdown.orNull();
    if (drain != null) {
      tunnel.drainOnShutdown(drain);
    }
    return tunnel;
  }

  private InetSocketAddress listenAddress() {
    InetSocketAddress wanted =
        listen.orElse(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return wanted.isUnresolved()
        ? new InetSocketAddress(wanted.getHostString(), wanted.getPort())
        : wanted;
  }

  private String defaultAuthority(UpstreamOptions remote) {
    String name = sni.orNull();
    return name == null ? authorityOf(remote.host(), remote.port()) : name;
  }

  /** The host as a client that connected to it by itself would name it. */
  static String authorityOf(String host, int port) {
    String authority = host;
    if (NetUtil.isValidIpV6Address(host)) {
      // A zone says which of this machine's links to take: nothing for the remote (RFC 6874, 1).
      authority = '[' + host.replaceFirst("%.*", "") + ']';
    } else if (!NetUtil.isValidIpV4Address(host)) {
      return Checks.withoutFinalDot(host);
    }
    return port == HTTPS ? authority : authority + ':' + port;
  }

  private static void requireUnset(Setting<?> other, String names) {
    if (other.isSet()) {
      throw new IllegalStateException(names + " are mutually exclusive");
    }
  }
}
