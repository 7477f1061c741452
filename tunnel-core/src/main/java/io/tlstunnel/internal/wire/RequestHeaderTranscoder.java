package io.tlstunnel.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import io.tlstunnel.internal.wire.DynamicTable.Entry;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the header blocks of one connection's request direction, representation by
 * representation (RFC 7541, 6).
 *
 * <p>Nothing is decoded and encoded again: a literal is copied as it is, an index becomes the
 * remote's index of the same entry. What is replaced, {@code :authority}, {@code :scheme} and
 * {@code host}, is written without indexing; when the client put it into the dynamic table, or when
 * an entry came with a {@linkplain #skip skipped} block, the remote lacks that entry, and is sent a
 * literal whenever the client refers to it. So order, repetitions, never-indexed marks and whatever
 * is malformed reach the remote as they came.
 *
 * <p>Every block of the connection must pass through here in the order in which the client sent it,
 * and every transcoded one must then reach the remote, or the tables of client and remote part.
 *
 * <p>Not thread-safe. Once warm, a block allocates nothing.
 */
public final class RequestHeaderTranscoder {
  private static final int INDEXED = 0x80;
  private static final int INDEXED_BITS = 7;
  private static final int SIZE_UPDATE = 0x20;
  private static final int SIZE_UPDATE_BITS = 5;

  /**
   * What is needed only while a block is being read: one per thread, so that idle connections cost
   * no buffers.
   */
  private static final class Scratch {
    private static final FastThreadLocal<Scratch> OF_THREAD =
        new FastThreadLocal<>() {
          @Override
          protected Scratch initialValue() {
            return new Scratch();
          }
        };

    final HpackInput in = new HpackInput();
    final HpackOutput out = new HpackOutput();
    final LiteralField literal = new LiteralField(in);
  }

  /** What becomes of the block in hand. */
  private enum Fate {
    /** It goes to the remote, and its leading size updates go as they come. */
    SENT,
    /** As SENT, but size updates of blocks before it wait to go first. */
    SENT_AFTER_CARRIED_UPDATES,
    /** The remote will not see it. */
    SKIPPED
  }

  private final HeaderRules rules;
  private final Replacements requestReplacements;
  private final DynamicTable table;
  private final TableSizeUpdates carried = new TableSizeUpdates();
  private int maxDynamicTableSize = DynamicTable.DEFAULT_MAX_SIZE;

  private final RememberedBlock last = new RememberedBlock();

  // The block in hand, or the last one.
  private final BlockSummary summary = new BlockSummary();
  private Fate fate = Fate.SKIPPED;
  private Replacements replacements = Replacements.NONE;
  private long sentOnBefore;
  private @Nullable Replacement missingAuthority;
  private boolean sizeUpdatedLate;

  public RequestHeaderTranscoder(HeaderRules rules) {
    this(rules, Replacements.of(rules), new DynamicTable());
  }

  private RequestHeaderTranscoder(
      HeaderRules rules, Replacements requestReplacements, DynamicTable table) {
    this.rules = rules;
    this.requestReplacements = requestReplacements;
    this.table = table;
  }

  /**
   * A transcoder that goes on where this one stands with the client, for a remote that has read
   * nothing yet.
   */
  public RequestHeaderTranscoder forAnotherRemote() {
    RequestHeaderTranscoder other =
        new RequestHeaderTranscoder(rules, requestReplacements, table.forAnotherRemote());
    other.maxDynamicTableSize = maxDynamicTableSize;
    if (table.maxSize() != DynamicTable.DEFAULT_MAX_SIZE) {
      other.carried.add(table.maxSize());
    }
    return other;
  }

  /**
   * Limits what the client may choose as its table's size from now on: the remote's
   * SETTINGS_HEADER_TABLE_SIZE. Call it with a larger one when it is passed on to the client, with
   * a smaller one when the client has acknowledged it. Default: 4096.
   */
  public void maxDynamicTableSize(int octets) {
    maxDynamicTableSize = octets;
  }

  /**
   * Appends to {@code out} what the remote shall read in the place of {@code block}, or nothing if
   * that is {@linkplain #overLimit over the limit}; then the block counts as skipped.
   *
   * <p>A request without {@code :authority} gets one behind its pseudo-header fields, if the rules
   * name one, unless its method is CONNECT, where the lack is an error for the remote to find (RFC
   * 9113, 8.5).
   *
   * @param block the whole block, without frame headers and padding; all of it is consumed
   * @param trailers whether the block ends a request: nothing is replaced then
   * @throws HpackException if the block cannot be decoded; nothing was appended, and the connection
   *     is lost
   */
  public void transcode(ByteBuf block, boolean trailers, ByteBuf out) throws HpackException {
    fate = carried.isEmpty() ? Fate.SENT : Fate.SENT_AFTER_CARRIED_UPDATES;
    replacements = trailers ? Replacements.NONE : requestReplacements;
    missingAuthority = replacements.authority();
    Scratch scratch = Scratch.OF_THREAD.get();
    scratch.in.open(block);
    boolean repeatable = !trailers && fate == Fate.SENT;
    if (repeatable && last.is(scratch.in, table)) {
      summary.set(last.summary());
      out.writeBytes(last.output(), 0, last.outputLength());
      return;
    }
    int start = scratch.in.position();
    long changes = table.changes();
    walk(scratch);
    if (fate != Fate.SKIPPED) {
      writeDue(false, scratch.out);
      carried.clear();
      out.writeBytes(scratch.out.array(), 0, scratch.out.length());
      if (repeatable && changes == table.changes()) {
        last.set(scratch.in, start, scratch.out, summary, table);
      }
    }
  }

  /**
   * Follows a block that the remote will never see, such as that of a refused stream. Entries that
   * it adds stay absent from the remote's table; its table size updates go in front of the next
   * block that is transcoded.
   *
   * @param block as for {@link #transcode}
   * @throws HpackException if the block cannot be decoded; the connection is lost
   */
  public void skip(ByteBuf block) throws HpackException {
    fate = Fate.SKIPPED;
    replacements = Replacements.NONE;
    Scratch scratch = Scratch.OF_THREAD.get();
    scratch.in.open(block);
    walk(scratch);
  }

  /** Whether the last block had more fields, or a longer list of them, than the rules allow. */
  public boolean overLimit() {
    return summary.exceeds(rules);
  }

  /**
   * The size of the last block's header list: octets of names and values, and 32 for each field
   * (RFC 9113, 6.5.2). A Huffman-encoded string that does not enter the dynamic table counts as
   * encoded, without a look at it; decoded it is at most 1.6 times as long.
   */
  public long headerListSize() {
    return summary.listSize;
  }

  /** How many fields the last block had. */
  public int headerFields() {
    return summary.fields;
  }

  /**
   * Whether the last block's content-type is gRPC's: application/grpc, also with a subtype or a
   * parameter; not grpc-web.
   */
  public boolean grpc() {
    return summary.grpc;
  }

  /** The last block's grpc-timeout in nanoseconds, or -1 without a valid one. */
  public long grpcTimeoutNanos() {
    return summary.grpcTimeoutNanos;
  }

  /** Whether the last block's method is CONNECT. */
  public boolean connectMethod() {
    return summary.connect;
  }

  private void walk(Scratch scratch) throws HpackException {
    sentOnBefore = table.sentOn();
    sizeUpdatedLate = false;
    summary.clear();

    HpackInput in = scratch.in;
    HpackOutput out = scratch.out;
    out.clear();
    while (in.hasRemaining()) {
      int first = in.readFirst();
      if (first < 0) {
        indexed(in.readInteger(first, INDEXED_BITS), out);
      } else if (first < LiteralField.INCREMENTAL && first >= SIZE_UPDATE) {
        sizeUpdate(in.readInteger(first, SIZE_UPDATE_BITS), out);
      } else {
        scratch.literal.read(first, table);
        literal(scratch.literal, out);
      }
    }
  }

  private void indexed(int index, HpackOutput out) throws HpackException {
    if (index > HpackStaticTable.LENGTH) {
      Entry entry = table.entry(index);
      if (!admit(entry.kind, entry.size, entry.meaning, out) || replace(entry.kind, false, out)) {
        return;
      }
      if (entry.isAtRemote()) {
        out.writeInteger(INDEXED, INDEXED_BITS, table.remoteIndex(entry));
      } else {
        table.writeLiteral(entry, out);
      }
    } else if (index > 0) {
      FieldKind kind = HpackStaticTable.kind(index);
      if (admit(kind, HpackStaticTable.size(index), 0, out) && !replace(kind, false, out)) {
        out.writeInteger(INDEXED, INDEXED_BITS, index);
      }
    } else {
      throw new HpackException("index 0 (expected: at least 1)");
    }
  }

  private void literal(LiteralField field, HpackOutput out) throws HpackException {
    boolean sent =
        admit(field.kind, field.size, field.meaning, out)
            && !replace(field.kind, field.isNeverIndexed(), out);
    if (sent) {
      field.write(table, out);
    } else {
      field.requireDecodable();
    }
    if (field.isIndexed()) {
      Entry added = field.addTo(table);
      if (sent && added != null) {
        table.sendOn(added);
      }
    }
  }

  /**
   * Follows a size update; one behind a field is an error (RFC 7541, 4.2) that is the remote's to
   * find, if it will see it.
   */
  private void sizeUpdate(int size, HpackOutput out) throws HpackException {
    if (size > maxDynamicTableSize) {
      throw new HpackException(
          "dynamic table size " + size + " (expected: at most " + maxDynamicTableSize + ")");
    }
    if (summary.fields > 0) {
      sizeUpdatedLate = true;
      requireNoLateSizeUpdateIfSkipped();
    }
    table.maxSize(size);
    carried.add(size);
    if (fate == Fate.SENT) {
      out.writeInteger(SIZE_UPDATE, SIZE_UPDATE_BITS, size);
    }
  }

  /**
   * Takes note of a field, and writes what must stand in front of it. False if the block does not
   * go to the remote.
   */
  private boolean admit(FieldKind kind, int size, long meaning, HpackOutput out)
      throws HpackException {
    summary.add(kind, size, meaning);
    if (overLimit()) {
      overLimitNow();
    }
    if (fate == Fate.SKIPPED) {
      return false;
    }
    writeDue(kind.isPseudo(), out);
    return true;
  }

  /** At once, not at the block's end: an octet can stand for an entry as large as the table. */
  private void overLimitNow() throws HpackException {
    if (summary.listSize > rules.maxReadListSize()) {
      throw new HeaderListException(
          "header list of more than " + rules.maxReadListSize() + " bytes");
    }
    if (fate != Fate.SKIPPED) {
      fate = Fate.SKIPPED;
      table.takeBack(sentOnBefore);
      requireNoLateSizeUpdateIfSkipped();
    }
  }

  private void writeDue(boolean beforePseudo, HpackOutput out) {
    if (fate == Fate.SENT_AFTER_CARRIED_UPDATES) {
      carried.write(table, out);
      fate = Fate.SENT;
    }
    if (missingAuthority != null && !beforePseudo) {
      if (!summary.connect) {
        missingAuthority.write(false, out);
      }
      missingAuthority = null;
    }
  }

  private boolean replace(FieldKind kind, boolean never, HpackOutput out) {
    Replacement replacement = replacements.of(kind);
    if (replacement == null) {
      return false;
    }
    if (kind == FieldKind.AUTHORITY) {
      missingAuthority = null;
    }
    replacement.write(never, out);
    return true;
  }

  private void requireNoLateSizeUpdateIfSkipped() throws HpackException {
    if (sizeUpdatedLate && fate == Fate.SKIPPED) {
      throw new HpackException("dynamic table size update behind a field");
    }
  }
}
