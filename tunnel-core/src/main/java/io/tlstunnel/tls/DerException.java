package io.tlstunnel.tls;

import org.jspecify.annotations.Nullable;

/** Bytes that are not the key that they should be; the message never holds any of them. */
final class DerException extends Exception {
  private static final long serialVersionUID = 1L;

  DerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
