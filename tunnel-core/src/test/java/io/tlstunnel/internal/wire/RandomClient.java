package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * An HPACK encoder that takes every liberty that RFC 7541 gives: it chooses representations,
 * Huffman coding and table sizes by chance, and fields in any order, so that many of its blocks are
 * malformed requests, too.
 */
final class RandomClient {
  private static final String[] NAMES = {
    ":method", ":scheme", ":path", ":authority", ":protocol", ":status", "host", "content-type",
    "grpc-timeout", "te", "user-agent", "authorization", "cookie", "x-request-id", "traceparent",
        "",
    "grpc-timeouts", ":authorit", "hosts", "content-typf", "grpc-accept-encoding", "accept"
  };
  private static final String[] VALUES = {
    "",
    "GET",
    "POST",
    "CONNECT",
    "http",
    "https",
    "/",
    "/thanos.Store/Series",
    "127.0.0.1:10000",
    "localhost",
    "trailers",
    "application/grpc",
    "application/grpc+proto",
    "application/grpc-web",
    "application/grpc;charset=utf-8",
    "text/plain",
    "1S",
    "99999999H",
    "250m",
    "20u",
    "7n",
    "3M",
    "x1S",
    "gzip, deflate",
    "CONNECTED",
    "Application/GRPC"
  };

  private final Random random;
  private final List<Field> table = new ArrayList<>();
  private int maxSize = 4096;
  private int sizeLimit = 4096;
  private int smallestSizeLimit = sizeLimit;

  private BlockWriter block = new BlockWriter();
  private List<Field> fields = new ArrayList<>();
  private long listSize;
  private int sizeUpdates;

  RandomClient(Random random) {
    this.random = random;
  }

  /** Takes a new SETTINGS_HEADER_TABLE_SIZE; the next block answers as RFC 7541, 4.2 demands. */
  void sizeLimit(int octets) {
    sizeLimit = octets;
    smallestSizeLimit = Math.min(smallestSizeLimit, octets);
  }

  /** Encodes a block. */
  byte[] next() {
    block = new BlockWriter();
    fields = new ArrayList<>();
    listSize = 0;
    sizeUpdates = 0;
    updateSize();
    int count = oneIn(20) ? random.nextInt(40) : random.nextInt(10);
    for (int i = 0; i < count; i++) {
      writeField();
    }
    return block.toBytes();
  }

  /** What the last block means. */
  List<Field> fields() {
    return fields;
  }

  /** The last block's header list size, as the transcoder documents that it counts it. */
  long listSize() {
    return listSize;
  }

  /** How many size updates the last block begins with. */
  int sizeUpdates() {
    return sizeUpdates;
  }

  private void updateSize() {
    if (smallestSizeLimit < maxSize) {
      resize(smallestSizeLimit);
      if (sizeLimit > smallestSizeLimit) {
        resize(sizeLimit);
      }
    } else if (oneIn(20)) {
      resize(random.nextInt(sizeLimit + 1));
      if (oneIn(3)) {
        resize(random.nextInt(sizeLimit + 1));
      }
    }
    smallestSizeLimit = sizeLimit;
  }

  /** Netty's decoder takes a table for empty that is filled by empty fields to the last octet. */
  private void resize(int wanted) {
    int size = wanted % 32 == 0 && wanted > 0 && wanted < 4096 ? wanted - 1 : wanted;
    block.sizeUpdate(size);
    sizeUpdates++;
    maxSize = size;
    evict();
  }

  private void writeField() {
    if (!table.isEmpty() && random.nextBoolean()) {
      writeIndexed(HpackStaticTable.LENGTH + 1 + random.nextInt(table.size()));
    } else if (oneIn(3)) {
      writeIndexed(1 + random.nextInt(HpackStaticTable.LENGTH));
    } else {
      writeLiteral();
    }
  }

  private void writeIndexed(int index) {
    Field field = at(index);
    block.indexed(index);
    fields.add(field);
    listSize += field.size();
  }

  private void writeLiteral() {
    boolean incremental = random.nextBoolean();
    boolean never = !incremental && random.nextBoolean();
    int pattern = incremental ? 0x40 : never ? 0x10 : 0;
    int prefixBits = incremental ? 6 : 4;
    String name;
    int nameSize;
    if (random.nextBoolean()) {
      int index =
          1
              + random.nextInt(
                  oneIn(2) ? HpackStaticTable.LENGTH : HpackStaticTable.LENGTH + table.size());
      name = at(index).name();
      nameSize = name.length();
      block.integer(pattern, prefixBits, index);
    } else {
      name = oneIn(6) ? randomText() : NAMES[random.nextInt(NAMES.length)];
      block.integer(pattern, prefixBits, 0);
      nameSize = writeString(name, incremental);
    }
    String value = oneIn(3) ? randomText() : VALUES[random.nextInt(VALUES.length)];
    listSize += nameSize + writeString(value, incremental) + 32;
    Field field = new Field(name, value, never);
    fields.add(field);
    if (incremental) {
      table.add(0, field);
      evict();
    }
  }

  /** Writes a string and says what it counts for. */
  private int writeString(String text, boolean indexed) {
    boolean huffman = random.nextBoolean();
    block.huffman(huffman).string(text);
    return huffman && !indexed
        ? HuffmanCode.encodedLength(text.getBytes(ISO_8859_1))
        : text.length();
  }

  private String randomText() {
    int length =
        oneIn(200) ? random.nextInt(6000) : oneIn(4) ? random.nextInt(300) : random.nextInt(20);
    boolean ascii = !oneIn(4);
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) (ascii ? 0x20 + random.nextInt(0x5f) : random.nextInt(0x100)));
    }
    return text.toString();
  }

  private Field at(int index) {
    return index <= HpackStaticTable.LENGTH
        ? Field.of(HpackStaticTable.name(index), HpackStaticTable.value(index))
        : table.get(index - HpackStaticTable.LENGTH - 1);
  }

  private void evict() {
    int size = 0;
    for (int i = 0; i < table.size(); i++) {
      size += table.get(i).size();
      if (size > maxSize) {
        table.subList(i, table.size()).clear();
      }
    }
  }

  private boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }
}
