package io.tlstunnel.internal.upstream;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslProvider;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The remote of one tunnel. Every connection to it resolves and connects anew.
 *
 * <p>Safe for use by many threads; each attempt belongs to the loop that it was opened on.
 */
public final class Upstream implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("tlstunnel");

  private final UpstreamOptions options;
  private final Class<? extends SocketChannel> socket;
  private final TlsClient tls;
  private final HostLookup lookup;
  private final RouteWitness witness;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Sets up TLS, and connects to nothing yet.
   *
   * @param socket fits the loops given to {@link #open}
   * @throws IllegalArgumentException for a host or SNI that is no name, an unknown TLS version or
   *     cipher suite, or a combination of them in which no TLS is possible
   */
  public Upstream(
      UpstreamOptions options, Class<? extends SocketChannel> socket, Resolver resolver) {
    this(options, socket, resolver, RouteWitness.NOBODY);
  }

  /**
   * Sets up TLS as above, for routes that are watched.
   *
   * @param witness of all its routes, so there should be one at a time
   */
  public Upstream(
      UpstreamOptions options,
      Class<? extends SocketChannel> socket,
      Resolver resolver,
      RouteWitness witness) {
    this(
        options,
        socket,
        TlsProvider.choose(
            options.clientCert() == null ? null : options.clientCert().privateKey(),
            options.tlsCiphers()),
        resolver,
        witness);
  }

  Upstream(
      UpstreamOptions options,
      Class<? extends SocketChannel> socket,
      SslProvider provider,
      Resolver resolver,
      RouteWitness witness) {
    this.options = options;
    this.socket = socket;
    this.witness = witness;
    tls =
        TlsProvider.client(
            options, ServerName.of(options.host(), options.sni()), provider, witness);
    lookup = new HostLookup(options.host(), resolver);
  }

  /** Says in the log what a remote may find wrong with our client certificate, if anything. */
  public void warnOfOwnCertificate() {
    String wrong = options.wrongWithClientCert();
    if (wrong != null) {
      LOG.warn("clientCert(...): {}; {} may refuse it", wrong, options.remote());
    }
  }

  /**
   * Begins to reach the remote. To be called on the loop; the listener is called there too, once,
   * and never before this method has returned.
   *
   * @throws IllegalStateException if closed
   * @throws RejectedExecutionException if the loop's owner has shut it down
   */
  public RouteAttempt open(EventLoop loop, RouteListener listener) {
    assert loop.inEventLoop();
    tls.retain();
    try {
      RouteAttempt attempt =
          new RouteAttempt(options, socket, tls, lookup, loop, listener, witness);
      loop.execute(attempt::resolve);
      return attempt;
    } catch (RejectedExecutionException e) {
      tls.release();
      throw e;
    }
  }

  /**
   * Says why a route that was ready is lost.
   *
   * @param cause what the channel threw; null if it ended in good order
   * @param peer as {@link RouteListener#ready} was told it
   * @param remoteSpoke whether the remote's first HTTP/2 frame has been seen
   */
  public TunnelFailure lost(@Nullable Throwable cause, String peer, boolean remoteSpoke) {
    return RouteLoss.of(cause, peer, remoteSpoke, options.clientCert() != null);
  }

  /** The same loss, of a remote that had sent a GOAWAY with this error. */
  public static TunnelFailure afterGoAway(TunnelFailure loss, long error) {
    return RouteLoss.afterGoAway(loss, error);
  }

  /** A loss that the remote had announced, by a GOAWAY in a person's terms. */
  public static TunnelFailure afterGoAway(TunnelFailure loss, String goAway) {
    return RouteLoss.afterGoAway(loss, goAway);
  }

  /** Says that a route that was ready has heard no HTTP/2 from the remote in time. */
  public static TunnelFailure noSettings(String peer) {
    return RouteLoss.noSettings(peer);
  }

  /** Says that the remote is silent at this stage, for so long. */
  public static TunnelFailure noAnswer(Stage stage, String peer, long nanos) {
    return Waiting.of(stage, nanos).after(stage, peer);
  }

  /**
   * Says that what the remote sent is not what HTTP/2 allows.
   *
   * @param remoteSpoke whether the remote's first HTTP/2 frame was in order
   */
  public static TunnelFailure brokeProtocol(
      String peer, boolean remoteSpoke, @Nullable String how) {
    return RouteLoss.brokeProtocol(peer, remoteSpoke, how);
  }

  /**
   * Whether a remote that had shown its own certificate ended the connection because of ours, or
   * because it got none.
   */
  public static boolean isAboutOurCertificate(@Nullable Throwable cause) {
    TlsAlert alert = TlsAlert.in(cause);
    return alert != null && alert.isAboutOurCertificate();
  }

  /**
   * Gives up what attempts do not still use. Attempts and routes under way go on, except those that
   * have not resolved yet. Closing twice does nothing.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      lookup.close();
      tls.release();
    }
  }
}
