package io.tlstunnel.internal.wire;

/**
 * A header list so long that it is not even read to its end: few octets can stand for very many.
 */
public final class HeaderListException extends HpackException {
  private static final long serialVersionUID = 1L;

  HeaderListException(String message) {
    super(message);
  }
}
