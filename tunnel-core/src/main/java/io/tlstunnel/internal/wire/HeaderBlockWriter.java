package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/**
 * Writes the header blocks of the tunnel's own replies. They go between blocks of the remote, whose
 * compression state at the client they must leave as it is: fields of the static table are indexed,
 * all others are literals without indexing.
 */
public final class HeaderBlockWriter {
  private final HpackOutput block = new HpackOutput();

  /**
   * Writes a dynamic table size update. Only in front of the first field, and only if the client's
   * decoder waits for one: it has made its table smaller, and has been told that this was heard
   * (RFC 7541, 4.2).
   */
  public HeaderBlockWriter tableSizeUpdate(int octets) {
    block.writeInteger(0x20, 5, octets);
    return this;
  }

  /**
   * Writes a field.
   *
   * @param name in lower case
   * @param value printable ASCII; a grpc-message goes through {@link GrpcMessage#encode} first
   * @throws IllegalArgumentException if one of them has other characters
   */
  public HeaderBlockWriter field(String name, String value) {
    int index = HpackStaticTable.indexOf(name, value);
    if (index > 0) {
      block.writeInteger(0x80, 7, index);
      return this;
    }
    int nameIndex = HpackStaticTable.indexOf(name);
    block.writeInteger(0x00, 4, nameIndex);
    if (nameIndex == 0) {
      writePlain(name);
    }
    writePlain(value);
    return this;
  }

  /** Appends the block to {@code out}, and begins a new one. */
  public void writeTo(ByteBuf out) {
    out.writeBytes(block.array(), 0, block.length());
    block.clear();
  }

  private void writePlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c > 0x7e) {
        throw new IllegalArgumentException(
            String.format("U+%04X at %d of header text (expected: printable ASCII)", (int) c, i));
      }
    }
    byte[] octets = text.getBytes(US_ASCII);
    block.writeInteger(0, 7, octets.length);
    block.writeBytes(octets, 0, octets.length);
  }
}
