package io.tlstunnel.internal.wire;

/**
 * The Huffman code of RFC 7541, appendix B.
 *
 * <p>The code is canonical: codes of one length follow each other in the order of their symbols,
 * and the first code of a length continues where the shorter ones ended. So the lengths say
 * everything, and the codes are computed from them.
 *
 * <p>Decoding walks the code's tree four bits at a time, by a table: no code is shorter than five
 * bits, so a step ends at most one symbol.
 */
final class HuffmanCode {
  private static final int EOS = 256;

  /** Bits per symbol; the last is EOS. */
  private static final byte[] LENGTHS = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, //
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, //
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, //
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, //
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, //
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, //
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, //
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, //
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, //
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, //
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, //
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, //
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, //
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, //
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, //
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, //
    30,
  };

  private static final int SHORTEST = 5;
  private static final int LONGEST = 30;
  private static final int MAX_PADDING = 7;

  private static final int[] CODES = codes();

  // A step: bits 0-7 the next state, 8-15 the symbol that ended, then the flags.
  private static final int SYMBOL_SHIFT = 8;
  private static final int EMITS_SHIFT = 16;
  private static final int EMITS = 1 << EMITS_SHIFT;
  private static final int IS_EOS = 1 << 17;
  private static final int MAY_END = 1 << 18;
  private static final int START = MAY_END;

  private static final int[] STEPS = steps();

  private HuffmanCode() {}

  /** Bytes that {@code text} takes when encoded. */
  static int encodedLength(byte[] text) {
    long bits = 0;
    for (byte b : text) {
      bits += LENGTHS[b & 0xff];
    }
    return (int) ((bits + 7) >> 3);
  }

  static byte[] encode(byte[] text) {
    byte[] encoded = new byte[encodedLength(text)];
    long bits = 0;
    int count = 0;
    int length = 0;
    for (byte b : text) {
      bits = bits << LENGTHS[b & 0xff] | CODES[b & 0xff];
      count += LENGTHS[b & 0xff];
      while (count >= 8) {
        count -= 8;
        encoded[length++] = (byte) (bits >> count);
      }
    }
    if (count > 0) {
      // Padded with the first bits of EOS, which are ones.
      encoded[length] = (byte) (bits << (8 - count) | 0xff >> count);
    }
    return encoded;
  }

  /**
   * The length of a string when decoded.
   *
   * @throws HpackException if it holds EOS, or padding that is not the at most seven first bits of
   *     EOS (RFC 7541, 5.2)
   */
  static int decodedLength(byte[] array, int start, int length) throws HpackException {
    int step = START;
    int symbols = 0;
    int seen = 0;
    for (int i = start, end = start + length; i < end; i++) {
      int octet = array[i];
      step = next(step, octet >> 4);
      symbols += step >> EMITS_SHIFT & 1;
      seen |= step;
      step = next(step, octet);
      symbols += step >> EMITS_SHIFT & 1;
      seen |= step;
    }
    if ((seen & IS_EOS) != 0 || (step & MAY_END) == 0) {
      throw new HpackException("Huffman string with EOS or wrong padding");
    }
    return symbols;
  }

  /**
   * Decodes the first symbols of a string, as many as {@code into} holds, and says how many they
   * are.
   *
   * @throws HpackException as {@link #decodedLength}, for the part that was looked at
   */
  static int decodePrefix(byte[] array, int start, int length, byte[] into) throws HpackException {
    int step = START;
    int symbols = 0;
    for (int i = 2 * start, end = 2 * (start + length); i < end; i++) {
      int nibble = (i & 1) == 0 ? array[i >> 1] >> 4 : array[i >> 1];
      step = next(step, nibble);
      if ((step & IS_EOS) != 0) {
        throw new HpackException("Huffman string with EOS");
      }
      if ((step & EMITS) != 0) {
        if (symbols == into.length) {
          return symbols;
        }
        into[symbols++] = (byte) (step >> SYMBOL_SHIFT);
      }
    }
    if ((step & MAY_END) == 0) {
      throw new HpackException("Huffman string with wrong padding");
    }
    return symbols;
  }

  /** Follows the low four bits of {@code nibble} from the state that {@code step} led to. */
  private static int next(int step, int nibble) {
    return STEPS[((step & 0xff) << 4) | (nibble & 0xf)];
  }

  private static int[] codes() {
    int[] codes = new int[LENGTHS.length];
    int next = 0;
    for (int length = SHORTEST; length <= LONGEST; length++) {
      next <<= 1;
      for (int symbol = 0; symbol < LENGTHS.length; symbol++) {
        if (LENGTHS[symbol] == length) {
          codes[symbol] = next++;
        }
      }
    }
    return codes;
  }

  /**
   * The tree's 256 inner nodes are the states; a child is a node, or a symbol counted from -1
   * downwards.
   */
  private static int[] steps() {
    int[][] children = new int[EOS][2];
    int nodes = 1;
    for (int symbol = 0; symbol <= EOS; symbol++) {
      int node = 0;
      for (int bit = LENGTHS[symbol] - 1; bit > 0; bit--) {
        int side = CODES[symbol] >> bit & 1;
        if (children[node][side] == 0) {
          children[node][side] = nodes++;
        }
        node = children[node][side];
      }
      children[node][CODES[symbol] & 1] = -1 - symbol;
    }

    boolean[] mayEnd = new boolean[EOS];
    for (int node = 0, depth = 0; depth <= MAX_PADDING; depth++, node = children[node][1]) {
      mayEnd[node] = true;
    }

    int[] steps = new int[EOS << 4];
    for (int index = 0; index < steps.length; index++) {
      int node = index >> 4;
      int step = 0;
      for (int bit = 3; bit >= 0; bit--) {
        int child = children[node][index >> bit & 1];
        if (child >= 0) {
          node = child;
        } else {
          int symbol = -1 - child;
          step |= symbol == EOS ? IS_EOS : EMITS | symbol << SYMBOL_SHIFT;
          node = 0;
        }
      }
      steps[index] = step | node | (mayEnd[node] ? MAY_END : 0);
    }
    return steps;
  }
}
