package io.tlstunnel.internal.upstream;

import io.netty.channel.Channel;
import io.tlstunnel.event.TunnelFailure;

/** Is told how an attempt to reach the remote ended: exactly one call, on the attempt's loop. */
public interface RouteListener {
  /**
   * The remote is reached and speaks {@code h2}.
   *
   * <p>The listener adds its handlers before it returns. The channel does not read on its own, but
   * bytes that came along with the end of the handshake are already decrypted and follow at once.
   *
   * @param channel ends with the TLS handler; from now on the listener's to close
   * @param peer the remote as messages name it: {@code host/address:port}
   */
  void ready(Channel channel, String peer);

  /** The remote was not reached, and nothing of the attempt is left. */
  void failed(TunnelFailure failure);
}
