package io.tlstunnel.tests.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a server may answer to a ClientHello, byte by byte (RFC 8446, 4 to 6; RFC 5246). */
final class TlsRecords {
  private TlsRecords() {}

  /** A fatal alert. */
  static byte[] alert(int version, int description) {
    return new byte[] {21, (byte) (version >> 8), (byte) version, 0, 2, 2, (byte) description};
  }

  /** A ServerHello of TLS 1.2 that chooses a cipher suite, asked for or not. */
  static byte[] serverHello(int cipherSuite) {
    ByteBuffer hello = ByteBuffer.allocate(5 + 4 + 38);
    hello.put((byte) 22).putShort((short) 0x0303).putShort((short) 42);
    hello.put((byte) 2).put((byte) 0).putShort((short) 38);
    hello.putShort((short) 0x0303).put(new byte[32]).put((byte) 0);
    hello.putShort((short) cipherSuite).put((byte) 0);
    return hello.array();
  }

  /** A handshake record of a length that may be too large. */
  static byte[] recordOfLength(int length) {
    byte[] record = new byte[5 + length];
    ByteBuffer.wrap(record).put((byte) 22).putShort((short) 0x0303).putShort((short) length);
    return record;
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
