package io.tlstunnel.testpki;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Writes the DER that certificates are made of. */
public final class DerWriter {
  private static final DateTimeFormatter GENERALIZED =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private DerWriter() {}

  public static byte[] element(int tag, byte[]... parts) {
    byte[] content = join(parts);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else if (content.length < 0x100) {
      out.write(0x81);
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length >>> 8);
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  public static byte[] sequence(byte[]... parts) {
    return element(0x30, parts);
  }

  public static byte[] integer(BigInteger value) {
    return element(0x02, value.toByteArray());
  }

  public static byte[] bool(boolean value) {
    return element(0x01, new byte[] {(byte) (value ? 0xFF : 0)});
  }

  public static byte[] octets(byte[]... parts) {
    return element(0x04, parts);
  }

  public static byte[] bits(int unused, byte[] value) {
    return element(0x03, new byte[] {(byte) unused}, value);
  }

  public static byte[] ascii(int tag, String text) {
    return element(tag, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** UTCTime until 2049, GeneralizedTime afterwards (RFC 5280, 4.1.2.5). */
  public static byte[] time(Instant time) {
    return time.atOffset(ZoneOffset.UTC).getYear() < 2050
        ? ascii(0x17, UTC.format(time))
        : ascii(0x18, GENERALIZED.format(time));
  }

  public static byte[] oid(String dotted) {
    String[] arcs = dotted.split("\\.", -1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      int arc = Integer.parseInt(arcs[i]);
      for (int shift = 28; shift > 0; shift -= 7) {
        if (arc >>> shift != 0) {
          out.write(0x80 | (arc >>> shift & 0x7F));
        }
      }
      out.write(arc & 0x7F);
    }
    return element(0x06, out.toByteArray());
  }
}
