package io.tlstunnel.internal.der;

import org.jspecify.annotations.Nullable;

/** Bytes that are not what they should be; the message never holds any of them. */
public final class DerException extends Exception {
  private static final long serialVersionUID = 1L;

  public DerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
