package io.tlstunnel;

import java.io.Serial;

/** A tunnel could not start listening; nothing of it is left behind. */
public final class TunnelStartException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  TunnelStartException(String message, Throwable cause) {
    super(message, cause);
  }
}
