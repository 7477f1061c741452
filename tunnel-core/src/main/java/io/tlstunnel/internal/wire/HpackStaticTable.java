package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** The static table of RFC 7541, appendix A. Indices count from 1, as in the RFC. */
final class HpackStaticTable {
  static final int LENGTH = 61;

  static final int AUTHORITY = 1;
  static final int SCHEME_HTTP = 6;
  static final int SCHEME_HTTPS = 7;
  static final int HOST = 38;

  private static final String[][] FIELDS = {
    {":authority", ""},
    {":method", "GET"},
    {":method", "POST"},
    {":path", "/"},
    {":path", "/index.html"},
    {":scheme", "http"},
    {":scheme", "https"},
    {":status", "200"},
    {":status", "204"},
    {":status", "206"},
    {":status", "304"},
    {":status", "400"},
    {":status", "404"},
    {":status", "500"},
    {"accept-charset", ""},
    {"accept-encoding", "gzip, deflate"},
    {"accept-language", ""},
    {"accept-ranges", ""},
    {"accept", ""},
    {"access-control-allow-origin", ""},
    {"age", ""},
    {"allow", ""},
    {"authorization", ""},
    {"cache-control", ""},
    {"content-disposition", ""},
    {"content-encoding", ""},
    {"content-language", ""},
    {"content-length", ""},
    {"content-location", ""},
    {"content-range", ""},
    {"content-type", ""},
    {"cookie", ""},
    {"date", ""},
    {"etag", ""},
    {"expect", ""},
    {"expires", ""},
    {"from", ""},
    {"host", ""},
    {"if-match", ""},
    {"if-modified-since", ""},
    {"if-none-match", ""},
    {"if-range", ""},
    {"if-unmodified-since", ""},
    {"last-modified", ""},
    {"link", ""},
    {"location", ""},
    {"max-forwards", ""},
    {"proxy-authenticate", ""},
    {"proxy-authorization", ""},
    {"range", ""},
    {"referer", ""},
    {"refresh", ""},
    {"retry-after", ""},
    {"server", ""},
    {"set-cookie", ""},
    {"strict-transport-security", ""},
    {"transfer-encoding", ""},
    {"user-agent", ""},
    {"vary", ""},
    {"via", ""},
    {"www-authenticate", ""},
  };

  private static final FieldKind[] KINDS = new FieldKind[LENGTH + 1];
  private static final int[] SIZES = new int[LENGTH + 1];

  static {
    for (int i = 1; i <= LENGTH; i++) {
      byte[] name = name(i).getBytes(US_ASCII);
      KINDS[i] = FieldNames.kindOf(name, 0, name.length, false);
      SIZES[i] = name.length + value(i).length() + DynamicTable.ENTRY_OVERHEAD;
    }
  }

  private HpackStaticTable() {}

  static String name(int index) {
    return FIELDS[index - 1][0];
  }

  static String value(int index) {
    return FIELDS[index - 1][1];
  }

  static FieldKind kind(int index) {
    return KINDS[index];
  }

  /** The entry's size as RFC 7541, 4.1 counts it. */
  static int size(int index) {
    return SIZES[index];
  }

  static int nameLength(int index) {
    return FIELDS[index - 1][0].length();
  }

  /** The first entry with this name and value, or 0. */
  static int indexOf(String name, String value) {
    for (int i = 1; i <= LENGTH; i++) {
      if (name(i).equals(name) && value(i).equals(value)) {
        return i;
      }
    }
    return 0;
  }

  /** The first entry with this name, or 0. */
  static int indexOf(String name) {
    for (int i = 1; i <= LENGTH; i++) {
      if (name(i).equals(name)) {
        return i;
      }
    }
    return 0;
  }
}
