package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/**
 * A field that the tunnel puts in the place of the client's, encoded beforehand. Neither form
 * enters the remote's dynamic table: a value of another length there would make the remote evict at
 * another moment than the client believes.
 */
final class Replacement {
  private static final int INDEXED = 0x80;
  private static final int WITHOUT_INDEXING = 0x00;
  private static final int NEVER_INDEXED = 0x10;

  private final byte[] ordinary;
  private final byte[] neverIndexed;

  private Replacement(byte[] ordinary, byte[] neverIndexed) {
    this.ordinary = ordinary;
    this.neverIndexed = neverIndexed;
  }

  static Replacement authority(String value) {
    return literal(HpackStaticTable.AUTHORITY, value);
  }

  static Replacement host(String value) {
    return literal(HpackStaticTable.HOST, value);
  }

  static Replacement scheme(String value) {
    int index =
        value.equals("https") ? HpackStaticTable.SCHEME_HTTPS : HpackStaticTable.SCHEME_HTTP;
    return new Replacement(
        new byte[] {(byte) (INDEXED | index)},
        encode(NEVER_INDEXED, HpackStaticTable.SCHEME_HTTP, value));
  }

  /**
   * Writes the field.
   *
   * @param never whether the client's field was never-indexed, which this one must be then, too
   *     (RFC 7541, 7.1.3)
   */
  void write(boolean never, HpackOutput out) {
    byte[] octets = never ? neverIndexed : ordinary;
    out.writeBytes(octets, 0, octets.length);
  }

  private static Replacement literal(int staticName, String value) {
    return new Replacement(
        encode(WITHOUT_INDEXING, staticName, value), encode(NEVER_INDEXED, staticName, value));
  }

  private static byte[] encode(int pattern, int staticName, String value) {
    HpackOutput out = new HpackOutput();
    out.writeInteger(pattern, 4, staticName);
    out.writeString(value.getBytes(US_ASCII));
    return Arrays.copyOf(out.array(), out.length());
  }
}
