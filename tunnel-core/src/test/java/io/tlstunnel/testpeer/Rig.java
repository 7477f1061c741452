package io.tlstunnel.testpeer;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.Pem;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A tunnel with a client before it and a remote behind it, all played by the test; afterwards it
 * closes them and demands that nothing is left.
 *
 * <pre>
 *   &#64;RegisterExtension final Rig rig = new Rig();
 *
 *   Rig.Route route = rig.route();
 *   route.client().send(...);
 *   route.remote().expect(...);
 * </pre>
 */
public final class Rig implements AfterEachCallback {
  /** What a tunnel of the rig's puts into {@code :authority}. */
  public static final String AUTHORITY = RawRemote.NAME;

  private static final TestCa CA = TestCa.create("Rig CA");
  private static final Issued CLIENT = CA.client("rig");

  private static final int MAX_EVENTS = 5_000;

  private final AtomicInteger noted = new AtomicInteger();
  private final List<Peer> peers = new ArrayList<>();
  private final List<TlsTunnel> tunnels = new ArrayList<>();
  private final List<Runnable> afterwards = new ArrayList<>();
  private final Queue<TunnelEvent> events = new ConcurrentLinkedQueue<>();
  private final NothingLeft nothingLeft = new NothingLeft();
  private final RawRemote server = new RawRemote(CA);

  /** A client and a remote that have exchanged their SETTINGS through the tunnel. */
  public record Route(RawClient client, Peer remote) {}

  @Override
  public void afterEach(ExtensionContext test) {
    peers.forEach(Peer::reset);
    tunnels.forEach(TlsTunnel::close);
    server.close();
    afterwards.forEach(Runnable::run);
    if (test.getExecutionException().isEmpty()) {
      nothingLeft.verify();
    }
  }

  /** Has the rig do something once the tunnels are closed. */
  public void afterwards(Runnable last) {
    afterwards.add(last);
  }

  public RawRemote server() {
    return server;
  }

  /** What the tunnels have told their listener, of this kind. */
  public <E extends TunnelEvent> List<E> events(Class<E> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /**
   * Keeps an event, of a tunnel that the test starts itself too. A flood may be told of without
   * end: the first thousands are enough for any test.
   */
  public void record(TunnelEvent event) {
    if (noted.incrementAndGet() <= MAX_EVENTS) {
      events.add(event);
    }
  }

  /** Whose certificate the rig's remote has. */
  public List<X509Certificate> authorities() {
    return CA.certificates();
  }

  /** What a tunnel to the rig's remote needs: its authority, our chain and our key, in files. */
  public List<String> files(Path directory) {
    return List.of(
        Pem.write(directory.resolve("ca.pem"), Pem.certificates(authorities())).toString(),
        Pem.write(directory.resolve("tls.crt"), Pem.certificates(CLIENT.chain())).toString(),
        Pem.write(directory.resolve("tls.key"), Pem.pkcs8(CLIENT.key())).toString());
  }

  /** The rig's first tunnel; started if there is none. */
  public TlsTunnel tunnel() {
    return tunnels.isEmpty() ? tunnel(builder -> builder) : tunnels.get(0);
  }

  /** Starts another tunnel to the rig's remote. */
  public TlsTunnel tunnel(UnaryOperator<TlsTunnelBuilder> options) {
    return keep(options.apply(builder().listener(this::record)).start());
  }

  /** A tunnel to the rig's remote, not started. */
  public TlsTunnelBuilder builder() {
    return builder(RawRemote.NAME, ServerTrust.certificates(authorities()));
  }

  /** A tunnel to the rig's remote, not started, that expects this name and trusts these. */
  public TlsTunnelBuilder builder(String name, ServerTrust trust) {
    return TlsTunnel.builder()
        .upstream("127.0.0.1", server.port())
        .sni(name)
        .trust(trust)
        .clientCert(ClientCert.of(CLIENT.key(), CLIENT.chain()));
  }

  /** A client that has been greeted by the rig's first tunnel. */
  public RawClient client(int... settings) {
    return keep(RawClient.connect(tunnel().port(), settings));
  }

  /** A client that has connected and said nothing. */
  public RawClient silentClient() {
    return keep(RawClient.silent(tunnel().port()));
  }

  /** The remote's end of the next route: TLS is done and the preface read. */
  public Peer remote() {
    return keep(server.accept());
  }

  public Route route() {
    return route(Frame.settings(), Frame.settings());
  }

  /** A route whose peers have exchanged these SETTINGS. */
  public Route route(Frame clientSettings, Frame remoteSettings) {
    return route(tunnel().port(), clientSettings, remoteSettings);
  }

  /** A route of any tunnel to the rig's remote, by its port. */
  public Route route(int port, Frame clientSettings, Frame remoteSettings) {
    RawClient client = keep(RawClient.silent(port));
    client.sendPreface();
    client.send(clientSettings);
    client.expect(RawClient.GREETING, Frame.settingsAck());
    client.send(Frame.settingsAck());
    Peer remote = remote();
    remote.expect(clientSettings);
    remote.send(remoteSettings, Frame.settingsAck());
    if (!remoteSettings.limitsStreams()) {
      client.expectUnlimited();
    }
    Frame passed = client.read(Frame.SETTINGS);
    assertThat(passed.length()).isEqualTo(remoteSettings.length());
    client.send(Frame.settingsAck());
    remote.expect(Frame.settingsAck());
    return new Route(client, remote);
  }

  /** Has the rig close a peer. */
  public <P extends Peer> P keep(P peer) {
    peers.add(peer);
    return peer;
  }

  /** Has the rig close a tunnel. */
  public TlsTunnel keep(TlsTunnel tunnel) {
    tunnels.add(tunnel);
    return tunnel;
  }
}
