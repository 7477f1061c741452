package io.tlstunnel.internal.wire;

/**
 * A header block that cannot be decoded. The compression state of its connection is lost with it,
 * so this is a connection error of type COMPRESSION_ERROR (RFC 9113, 4.3). Carries no stack trace:
 * a hostile peer must not be able to make the tunnel pay for one per block.
 */
public sealed class HpackException extends Exception permits HeaderListException {
  private static final long serialVersionUID = 1L;

  HpackException(String message) {
    super(message, null, false, false);
  }
}
