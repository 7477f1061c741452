package io.tlstunnel.internal.der;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The little of DER (X.690) that keys and certificates need: elements with one-byte tags. */
public final class Der {
  public static final int BOOLEAN = 0x01;
  public static final int INTEGER = 0x02;
  public static final int BIT_STRING = 0x03;
  public static final int OCTET_STRING = 0x04;
  public static final int OBJECT_ID = 0x06;
  public static final int SEQUENCE = 0x30;
  public static final int SET = 0x31;
  public static final int CONTEXT_0 = 0xA0;
  public static final int CONTEXT_1 = 0xA1;
  public static final int CONTEXT_3 = 0xA3;

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

  /** Takes the next element if it has the given tag, and nothing else. */
  public static @Nullable Element optional(ByteBuffer in, int tag) throws DerException {
    return in.hasRemaining() && (in.get(in.position()) & 0xFF) == tag ? next(in) : null;
  }

  /** Takes the last element, which must have the given tag, and gives its content. */
  public static ByteBuffer last(ByteBuffer in, int tag) throws DerException {
    ByteBuffer content = next(in, tag).content;
    if (in.hasRemaining()) {
      throw new DerException("bytes follow its end", null);
    }
    return content;
  }

  /** Takes all elements. */
  public static List<Element> all(ByteBuffer in) throws DerException {
    List<Element> elements = new ArrayList<>();
    while (in.hasRemaining()) {
      elements.add(next(in));
    }
    return elements;
  }

  /** Takes the next element, which must have the given tag, and gives its content. */
  public static byte[] bytes(ByteBuffer in, int tag) throws DerException {
    return bytes(next(in, tag).content);
  }

  /** A copy of what a buffer holds. */
  public static byte[] bytes(ByteBuffer content) {
    byte[] bytes = new byte[content.remaining()];
    content.duplicate().get(bytes);
    return bytes;
  }

  /** Takes the next element, which must be an object identifier, and gives its dotted form. */
  public static String objectId(ByteBuffer in) throws DerException {
    ByteBuffer content = next(in, OBJECT_ID).content;
    StringBuilder dotted = new StringBuilder();
    while (content.hasRemaining()) {
      long arc = arc(content);
      if (dotted.isEmpty()) {
        long root = Math.min(arc / 40, 2);
        dotted.append(root).append('.').append(arc - 40 * root);
      } else {
        dotted.append('.').append(arc);
      }
    }
    if (dotted.isEmpty()) {
      throw new DerException("an object identifier is empty", null);
    }
    return dotted.toString();
  }

  /** The content of an integer that counts something; beyond 2^31-1 it is that. */
  public static int count(ByteBuffer content) throws DerException {
    if (!content.hasRemaining() || content.get(content.position()) < 0) {
      throw new DerException("a number is empty or negative", null);
    }
    long value = 0;
    while (content.hasRemaining()) {
      value = Math.min(value << 8 | (content.get() & 0xFF), Integer.MAX_VALUE);
    }
    return (int) value;
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

  private static long arc(ByteBuffer content) throws DerException {
    long arc = 0;
    while (content.hasRemaining()) {
      int octet = content.get();
      arc = arc << 7 | (octet & 0x7F);
      if (octet >= 0) {
        return arc;
      }
      if (arc >= 1L << 55) {
        break;
      }
    }
    throw new DerException("an object identifier is cut off or too long", null);
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
