package io.tlstunnel.internal.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.Future;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.runtime.SocketBuffers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to reach the remote: its addresses, then TCP to one of them after the other until one
 * accepts, then TLS and ALPN there.
 *
 * <pre>
 *   RESOLVING ──▶ CONNECTING ──▶ SECURING ──▶ READY
 *       │              │             │
 *       └──────────────┴─────────────┴──────▶ ENDED (failed or cancelled)
 * </pre>
 *
 * <p>Everything happens on the loop that it was opened on, the methods' callers included.
 */
public final class RouteAttempt {
  /** How a handshake that comes to nothing is ended. */
  private interface Farewell {
    void say(SslHandler tls, ChannelHandlerContext first);
  }

  private enum State {
    RESOLVING,
    CONNECTING,
    SECURING,
    READY,
    ENDED
  }

  private final UpstreamOptions options;
  private final Class<? extends SocketChannel> socket;
  private final TlsClient tls;
  private final HostLookup lookup;
  private final EventLoop loop;
  private final RouteListener listener;
  private final RouteWitness witness;
  private final long deadline;
  private final Future<?> deadlineTimer;
  private final Queue<InetAddress> untried = new ArrayDeque<>();
  private final ConnectFailures connectFailures = new ConnectFailures();

  private State state = State.RESOLVING;
  private Stage stage = Stage.RESOLVE;
  private String peer;
  private long waitingSince = System.nanoTime();
  private TlsClient speaking;
  private @Nullable InetAddress address;
  private @Nullable Channel channel;
  private HandshakeNotes notes;
  private RecordTypes recordTypes;

  RouteAttempt(
      UpstreamOptions options,
      Class<? extends SocketChannel> socket,
      TlsClient tls,
      HostLookup lookup,
      EventLoop loop,
      RouteListener listener,
      RouteWitness witness) {
    this.options = options;
    this.socket = socket;
    this.tls = tls;
    this.lookup = lookup;
    this.loop = loop;
    this.listener = listener;
    this.witness = witness;
    speaking = tls.preferred();
    notes = new HandshakeNotes(options.clientCert());
    recordTypes = new RecordTypes(notes);
    peer = Peer.named(options.host(), options.port());
    deadline = waitingSince + options.connectTimeout().toNanos();
    deadlineTimer =
        loop.schedule(this::timeOut, options.connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * What the route is waiting for right now, and for how long: the answer to a request that cannot
   * wait any longer. Changes nothing; the attempt goes on.
   */
  public TunnelFailure overdue() {
    assert loop.inEventLoop();
    return waiting().before(stage, peer);
  }

  /**
   * Gives the attempt up; the listener hears no more of it. Without effect once the listener has
   * been called.
   */
  public void cancel() {
    assert loop.inEventLoop();
    end(AlertThenClose::afterCloseNotify);
  }

  void resolve() {
    if (state != State.RESOLVING) {
      return;
    }
    if (ServerName.isAddress(options.host())) {
      connectTo(ServerName.withoutBrackets(options.host()));
      return;
    }
    try {
      lookup
          .addresses()
          .whenComplete((addresses, thrown) -> onLoop(() -> resolved(addresses, thrown)));
    } catch (RejectedExecutionException e) {
      fail(new Diagnosis("the tunnel was closed", ""));
    }
  }

  private void connectTo(String literal) {
    InetAddress address;
    try {
      // Looks nothing up: it is an address already. Its zone is looked for.
      address = InetAddress.getByName(literal);
    } catch (UnknownHostException noSuchZone) {
      waitFor(Stage.CONNECT, peer);
      fail(ConnectFailures.noInterface(literal));
      return;
    }
    connect(List.of(address));
  }

  private void resolved(@Nullable List<InetAddress> addresses, @Nullable Throwable thrown) {
    if (state != State.RESOLVING) {
      return;
    }
    if (addresses == null) {
      fail(LookupFailure.of(thrown));
    } else {
      connect(addresses);
    }
  }

  private void connect(List<InetAddress> addresses) {
    state = State.CONNECTING;
    witness.resolved(addresses);
    untried.addAll(addresses);
    connectToNext();
  }

  private void connectToNext() {
    InetAddress next = untried.remove();
    address = next;
    witness.connecting(next);
    waitFor(Stage.CONNECT, Peer.at(options.host(), next, options.port()));
    connectTo(next);
  }

  private void connectTo(InetAddress address) {
    notes = new HandshakeNotes(options.clientCert());
    recordTypes = new RecordTypes(notes);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .resolver(NoopAddressResolverGroup.INSTANCE)
            .channel(socket)
            .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .option(ChannelOption.AUTO_READ, false)
            // Until the remote has spoken, a failed write must not close the channel: an alert
            // that says why the remote left may still wait to be read.
            .option(ChannelOption.AUTO_CLOSE, false)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, SocketBuffers.WATERMARKS)
            .option(SocketBuffers.READ_SIZES, SocketBuffers.readSizes())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis())
            .handler(recordTypes);
    options.socketOptions().forEach((option, value) -> set(bootstrap, option, value));
    ChannelFuture connected = bootstrap.connect(new InetSocketAddress(address, options.port()));
    // Where no socket can be made, there is a channel in name only, which cannot be closed either.
    channel = connected.channel().isRegistered() ? connected.channel() : null;
    connected.addListener((ChannelFuture done) -> connectedOn(done, address));
  }

  /** Of a channel that could not even be made, another thread than the loop's tells. */
  private void connectedOn(ChannelFuture done, InetAddress address) {
    if (loop.inEventLoop()) {
      connected(done, address);
    } else {
      onLoop(() -> connected(done, address));
    }
  }

  @SuppressWarnings("unchecked") // Who put the option into the map put a value of its type with it.
  private static <T> void set(Bootstrap bootstrap, ChannelOption<T> option, Object value) {
    bootstrap.option(option, (T) value);
  }

  /** A fair share of what is left: one address that swallows packets must not take it all. */
  private int connectMillis() {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    long share = left / (untried.size() + 1);
    // The last one ends with the attempt's own timer, which knows more to say.
    return untried.isEmpty() ? 0 : (int) Math.min(Math.max(share, 1), Integer.MAX_VALUE);
  }

  private void connected(ChannelFuture done, InetAddress address) {
    if (state != State.CONNECTING) {
      if (done.isSuccess()) {
        done.channel().close();
      }
      return;
    }
    if (done.isSuccess()) {
      secure(done.channel());
      return;
    }
    witness.connectFailed(address, connectFailures.add(address, done.cause()));
    if (!untried.isEmpty()) {
      connectToNext();
      return;
    }
    if (connectFailures.several()) {
      peer = Peer.named(options.host(), options.port());
    }
    fail(connectFailures.diagnosis());
  }

  private void secure(Channel connected) {
    state = State.SECURING;
    witness.connected();
    waitFor(Stage.TLS, peer);
    // The step is there first: the handshake begins when its handler is added, and if the remote
    // has gone already, it fails before that returns.
    connected
        .pipeline()
        .addLast("handshake", new HandshakeStep(this, speaking))
        .addBefore("handshake", null, new HelloSize(notes))
        .addBefore("handshake", null, speaking.newHandler(connected.alloc()));
  }

  /** Called by the handshake's handler: the identities are proven. */
  void secured(Channel secured, @Nullable String protocol) {
    if (state != State.SECURING) {
      return;
    }
    if (!"h2".equals(protocol)) {
      waitFor(Stage.ALPN, peer);
      fail(TlsFailures.notHttp2(), AlertThenClose::afterCloseNotify);
      return;
    }
    waitFor(Stage.SETTINGS, peer);
    state = State.READY;
    notes.done();
    if (speaking != tls) {
      tls.prefer(speaking);
    }
    release();
    secured.pipeline().replace(HandshakeStep.class, null, new RouteEnd(notes));
    listener.ready(secured, peer);
  }

  /** Called by the handshake's handler: TLS has failed, and the TLS handler is about to close. */
  void handshakeFailed(Throwable thrown) {
    handshakeFailed(thrown, AlertThenClose::afterTheHandlersAlert);
  }

  /** Called by the handshake's handler: TLS is there, and we do not accept who is at its end. */
  void refused(CertificateException thrown) {
    handshakeFailed(thrown, AlertThenClose::afterCloseNotify);
  }

  private void handshakeFailed(Throwable thrown, Farewell farewell) {
    if (state == State.SECURING) {
      Diagnosis memory = MemoryShortage.of(thrown);
      if (memory != null) {
        fail(memory, farewell);
        return;
      }
      TlsClient other = whoMayDoBetter(thrown);
      if (other != null) {
        again(other, farewell);
        return;
      }
      witness.handshakeFailed(thrown);
      Diagnosis own = notes.explain(thrown);
      TlsFailures.Found found =
          own == null
              ? TlsFailures.inHandshake(
                  // In TLS 1.3 a server may answer the hello and then find that it has no signature
                  // for us: before its certificate it has not looked for ours either.
                  thrown, options, recordTypes.helloAnswered() && notes.chainSeen())
              : new TlsFailures.Found(Stage.TLS, own);
      waitFor(found.stage(), peer);
      fail(found.diagnosis(), farewell);
    }
  }

  /**
   * The other TLS library, if the remote has refused our hello without saying more: a remote whose
   * key is of a kind that our hello does not name says just that.
   */
  private @Nullable TlsClient whoMayDoBetter(Throwable thrown) {
    TlsAlert alert = TlsAlert.in(thrown);
    boolean refused = alert != null && alert.name().equals("handshake_failure");
    return refused && !notes.chainSeen() && speaking == tls ? tls.byJdk() : null;
  }

  private void again(TlsClient other, Farewell farewell) {
    endTls(farewell);
    speaking = other;
    state = State.CONNECTING;
    connectTo(Objects.requireNonNull(address));
  }

  private void timeOut() {
    fail(waiting());
  }

  private Diagnosis waiting() {
    long nanos = System.nanoTime() - waitingSince;
    return state == State.SECURING && recordTypes.nothingRead()
        ? Waiting.helloUnanswered(nanos, notes.helloBytes())
        : Waiting.of(stage, nanos);
  }

  private void waitFor(Stage next, String nextPeer) {
    stage = next;
    peer = nextPeer;
    waitingSince = System.nanoTime();
  }

  private void fail(Diagnosis diagnosis) {
    fail(diagnosis, AlertThenClose::afterCloseNotify);
  }

  private void fail(Diagnosis diagnosis, Farewell farewell) {
    if (end(farewell)) {
      listener.failed(diagnosis.before(stage, peer));
    }
  }

  private boolean end(Farewell farewell) {
    if (state == State.READY || state == State.ENDED) {
      return false;
    }
    state = State.ENDED;
    release();
    endTls(farewell);
    return true;
  }

  private void endTls(Farewell farewell) {
    if (channel != null) {
      SslHandler handler = channel.pipeline().get(SslHandler.class);
      ChannelHandlerContext first = channel.pipeline().firstContext();
      if (handler == null || first == null) {
        channel.close();
      } else {
        farewell.say(handler, first);
      }
    }
  }

  private void release() {
    deadlineTimer.cancel(false);
    tls.release();
  }

  private void onLoop(Runnable step) {
    try {
      loop.execute(step);
    } catch (RejectedExecutionException e) {
      // The loop's owner has shut it down, and nobody is left to be told.
      return;
    }
  }
}
