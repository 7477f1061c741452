package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The percent-encoding of grpc-message: UTF-8, of which printable ASCII other than '%' stays as it
 * is.
 */
public final class GrpcMessage {
  private static final String HEX = "0123456789ABCDEF";

  private GrpcMessage() {}

  public static String encode(String text) {
    StringBuilder encoded = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(UTF_8)) {
      if (b >= 0x20 && b <= 0x7e && b != '%') {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(HEX.charAt((b >> 4) & 0xf)).append(HEX.charAt(b & 0xf));
      }
    }
    return encoded.toString();
  }
}
