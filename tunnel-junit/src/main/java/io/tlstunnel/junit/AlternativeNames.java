package io.tlstunnel.junit;

import io.netty.util.NetUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The subjectAltName extension (RFC 5280, 4.2.1.6) in DER. Written by hand because the certificate
 * library accepts no {@code *.example}, and because a hostile test needs names that nobody accepts.
 */
final class AlternativeNames {
  static final String OID = "2.5.29.17";

  private static final int SEQUENCE = 0x30;
  private static final int DNS_NAME = 0x82;
  private static final int URI = 0x86;
  private static final int IP_ADDRESS = 0x87;

  private AlternativeNames() {}

  static byte[] der(List<String> names) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (String name : names) {
      byte[] address = NetUtil.createByteArrayFromIpAddressString(name);
      if (address != null) {
        write(content, IP_ADDRESS, address);
      } else {
        write(
            content,
            name.contains("://") ? URI : DNS_NAME,
            name.getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    ByteArrayOutputStream sequence = new ByteArrayOutputStream();
    write(sequence, SEQUENCE, content.toByteArray());
    return sequence.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, int tag, byte[] value) {
    out.write(tag);
    // DER wants the shortest form of a length, and BoringSSL insists on it.
    if (value.length >= 0x1_0000) {
      out.write(0x83);
      out.write(value.length >> 16);
      out.write(value.length >> 8);
    } else if (value.length >= 0x100) {
      out.write(0x82);
      out.write(value.length >> 8);
    } else if (value.length >= 0x80) {
      out.write(0x81);
    }
    out.write(value.length);
    out.writeBytes(value);
  }
}
