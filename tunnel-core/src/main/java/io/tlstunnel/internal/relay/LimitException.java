package io.tlstunnel.internal.relay;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.tlstunnel.event.Limit;

/** A peer has gone too far over a limit: its connection ends with ENHANCE_YOUR_CALM. */
final class LimitException extends Http2Exception {
  private static final long serialVersionUID = 1L;

  private final Limit limit;

  LimitException(Limit limit, String message) {
    super(Http2Error.ENHANCE_YOUR_CALM, message);
    this.limit = limit;
  }

  Limit limit() {
    return limit;
  }
}
