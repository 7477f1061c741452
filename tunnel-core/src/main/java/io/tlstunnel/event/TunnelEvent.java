package io.tlstunnel.event;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened on a tunnel. Where an event belongs to a connection it bears its number,
 * which is in the log's lines too and is unique in this JVM.
 */
public sealed interface TunnelEvent {
  /**
   * A connection was closed because it did not begin with the HTTP/2 preface.
   *
   * @param downstream the peer's address
   * @param what what it seems to speak
   */
  record NotHttp2(String downstream, String what) implements TunnelEvent {}

  /**
   * The route of a connection stands: requests leave.
   *
   * @param peer the remote
   * @param took from the client's preface, or from the request that had a failed route tried again,
   *     to the end of the TLS handshake
   */
  record RouteEstablished(long connection, String peer, Duration took) implements TunnelEvent {}

  /**
   * The route of a connection could not be built; the requests that waited were answered. A later
   * request on the connection has the route tried again.
   */
  record RouteFailed(long connection, TunnelFailure failure) implements TunnelEvent {}

  /** The remote was lost after the route stood; its open requests were answered. */
  record RouteLost(long connection, TunnelFailure failure) implements TunnelEvent {}

  /**
   * One request was answered in the remote's place: it was over a limit, or out of time while it
   * waited.
   *
   * @param grpcStatus the status that a gRPC client is told
   * @param message the text that it is told
   */
  record RequestAnswered(long connection, int streamId, int grpcStatus, String message)
      implements TunnelEvent {}

  /**
   * The client broke the protocol where the tunnel must judge it; the connection was ended.
   *
   * @param error the HTTP/2 error code's name (RFC 9113, 7)
   */
  record ClientProtocolError(long connection, String error, String message)
      implements TunnelEvent {}

  /**
   * A limit was hit. Told once for each connection and limit; {@code TunnelStats} counts every hit.
   *
   * @param connection 0 if the connection had not been admitted
   * @param message what was too much, and what is allowed
   */
  record LimitHit(long connection, Limit limit, String message) implements TunnelEvent {}

  /**
   * A client gave a request up, by its deadline or otherwise, and the remote had not sent a single
   * byte on the connection since before that request began. Told once for each silence.
   *
   * @param peer the remote
   * @param silence since the first request that has had no answer
   */
  record RemoteSilent(long connection, String peer, Duration silence) implements TunnelEvent {}

  /**
   * The remote ends a connection.
   *
   * @param lastStreamId the last stream that the remote has seen or will serve
   * @param errorCode the HTTP/2 error code (RFC 9113, 7)
   * @param text the remote's reason, such as {@code too_many_pings}: the first 256 bytes of the
   *     frame's debug data, without what is not printable ASCII; empty if the remote gives none
   */
  record GoAwayReceived(long connection, int lastStreamId, long errorCode, String text)
      implements TunnelEvent {}

  /**
   * The tunnel's route was diagnosed; told on the thread that asked for it.
   *
   * @param failure why the route fails; null if it stands
   * @param report all that was found, a dozen lines
   */
  record Diagnosed(@Nullable TunnelFailure failure, String report) implements TunnelEvent {}

  /** The tunnel ends a connection with its last open request. */
  record DrainBegun(long connection, String why) implements TunnelEvent {}

  /** A connection that had been admitted is gone. */
  record ConnectionClosed(long connection) implements TunnelEvent {}
}
