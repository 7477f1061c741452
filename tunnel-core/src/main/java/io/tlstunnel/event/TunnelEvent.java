package io.tlstunnel.event;

/** Something that happened on a tunnel. */
public sealed interface TunnelEvent {
  /** A route to the remote could not be built, or broke. */
  record RouteFailed(TunnelFailure failure) implements TunnelEvent {}

  /**
   * A connection was closed because it did not begin with the HTTP/2 preface.
   *
   * @param downstream the peer's address
   * @param what what it seems to speak
   */
  record NotHttp2(String downstream, String what) implements TunnelEvent {}
}
