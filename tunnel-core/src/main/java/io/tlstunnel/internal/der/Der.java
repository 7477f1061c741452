package io.tlstunnel.internal.der;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** The little of DER (X.690) that keys and certificates need: elements with one-byte tags. */
public final class Der {
  public static final int INTEGER = 0x02;
  public static final int OCTET_STRING = 0x04;
  public static final int OBJECT_ID = 0x06;
  public static final int SEQUENCE = 0x30;
  public static final int CONTEXT_0 = 0xA0;

  private static final int LONG_TAG = 0x1F;

  private Der() {}

  /**
   * An element.
   *
   * @param tag its tag
   * @param content its bytes without tag and length
   */
  public record Element(int tag, ByteBuffer content) {}

  /** Takes the next element, of any tag. */
  public static Element next(ByteBuffer in) throws DerException {
    try {
      int tag = in.get() & 0xFF;
      if ((tag & LONG_TAG) == LONG_TAG) {
        throw new DerException(String.format("found the long tag 0x%02X", tag), null);
      }
      int length = length(in);
      if (length < 0 || length > in.remaining()) {
        throw new BufferUnderflowException();
      }
      ByteBuffer content = in.slice().limit(length);
      in.position(in.position() + length);
      return new Element(tag, content);
    } catch (BufferUnderflowException e) {
      throw new DerException("its bytes end too early", e);
    }
  }

  /** Takes the next element, which must have the given tag. */
  public static Element next(ByteBuffer in, int tag) throws DerException {
    Element element = next(in);
    if (element.tag != tag) {
      throw new DerException(
          String.format("found tag 0x%02X where 0x%02X was expected", element.tag, tag), null);
    }
    return element;
  }

  /** Takes the next element, which must have the given tag, and gives its content. */
  public static byte[] bytes(ByteBuffer in, int tag) throws DerException {
    ByteBuffer content = next(in, tag).content;
    byte[] bytes = new byte[content.remaining()];
    content.get(bytes);
    return bytes;
  }

  /** Builds an element of the parts, which are encoded elements or raw content. */
  public static byte[] element(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.size() + 6);
    out.write(tag);
    int length = content.size();
    if (length < 0x80) {
      out.write(length);
    } else {
      int octets = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
      out.write(0x80 | octets);
      for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
        out.write(length >>> shift);
      }
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  private static int length(ByteBuffer in) {
    int first = in.get() & 0xFF;
    if (first < 0x80) {
      return first;
    }
    int octets = first & 0x7F;
    if (octets == 0 || octets > 4) {
      // Indefinite, which DER forbids, or longer than any file that is read.
      return -1;
    }
    int length = 0;
    for (int i = 0; i < octets; i++) {
      length = length << 8 | (in.get() & 0xFF);
    }
    return length;
  }
}
