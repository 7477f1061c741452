package io.tlstunnel.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * What happens to the request headers of a connection.
 *
 * @param authority the {@code :authority} that the remote sees; null keeps the client's
 * @param scheme the {@code :scheme} that the remote sees, {@code http} or {@code https}
 * @param maxHeaderListSize bytes of names and values plus 32 per field (RFC 9113, 6.5.2) above
 *     which a block is refused
 * @param maxHeaderFields number of fields above which a block is refused
 */
public record HeaderRules(
    @Nullable String authority, String scheme, int maxHeaderListSize, int maxHeaderFields) {

  /** A list that many times over the limit is not read to its end. */
  public static final int READ_FACTOR = 16;

  public HeaderRules {
    if (authority != null && !isVisibleAscii(authority)) {
      throw new IllegalArgumentException(
          "authority: " + authority + " (expected: visible ASCII characters)");
    }
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException("scheme: " + scheme + " (expected: http or https)");
    }
    if (maxHeaderListSize < 1) {
      throw new IllegalArgumentException(
          "maxHeaderListSize: " + maxHeaderListSize + " (expected: > 0)");
    }
    if (maxHeaderFields < 1) {
      throw new IllegalArgumentException(
          "maxHeaderFields: " + maxHeaderFields + " (expected: > 0)");
    }
  }

  /** The longest list that is read, so that the connection can live on. */
  long maxReadListSize() {
    return (long) READ_FACTOR * maxHeaderListSize;
  }

  private static boolean isVisibleAscii(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > 0x20 && c < 0x7f);
  }
}
