package io.tlstunnel.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * The client's dynamic table (RFC 7541, 2.3.2), with a note on each entry of where the remote has
 * it.
 *
 * <p>The remote's table has the same size limit and holds a subset of the client's entries in the
 * same order: it never lacks one that the client may still refer to and that was sent on. An
 * entry's index over there follows from how many entries were sent on after it.
 *
 * <p>Entries keep their literals as the client encoded them. The octets of all entries lie one
 * behind the other, oldest first, in one array; offsets count from the connection's beginning,
 * {@link #base} is the array's. When the array is full, what is alive moves to its front, and the
 * array is then at most half full: it grows to fit the connection, and stays.
 */
final class DynamicTable {
  static final int DEFAULT_MAX_SIZE = 4096;
  static final int ENTRY_OVERHEAD = 32;

  private static final int INITIAL_ENTRIES = 16;
  private static final int INITIAL_OCTETS = 512;

  private Entry[] ring = new Entry[INITIAL_ENTRIES];
  private int newest = -1;
  private int count;
  private int size;
  private int maxSize = DEFAULT_MAX_SIZE;

  private byte[] octets = new byte[INITIAL_OCTETS];
  private int base;
  private int end;

  private long sentOn;
  private long changes;

  /** An entry, as long as it is in the table; reused afterwards. */
  static final class Entry {
    private static final long ABSENT = -1;

    FieldKind kind = FieldKind.REGULAR;

    /** See {@link FieldMeaning}. */
    long meaning;

    /** As RFC 7541, 4.1 counts it: decoded. */
    int size;

    int nameLength;

    /** The name's index in the static table; 0 if it is a literal. */
    private int staticName;

    private int offset;
    private int nameOctets;
    private int valueOctets;
    private long ordinal = ABSENT;

    boolean isAtRemote() {
      return ordinal != ABSENT;
    }

    private Entry absentCopy() {
      Entry copy = new Entry();
      copy.kind = kind;
      copy.meaning = meaning;
      copy.size = size;
      copy.nameLength = nameLength;
      copy.staticName = staticName;
      copy.offset = offset;
      copy.nameOctets = nameOctets;
      copy.valueOctets = valueOctets;
      return copy;
    }
  }

  int size() {
    return size;
  }

  int count() {
    return count;
  }

  /**
   * The entry at an index of the joint address space of static and dynamic table (RFC 7541, 2.3.3).
   */
  Entry entry(int index) throws HpackException {
    int age = index - HpackStaticTable.LENGTH - 1;
    if (age >= count) {
      throw new HpackException(
          "index " + index + " (expected: at most " + (HpackStaticTable.LENGTH + count) + ")");
    }
    return ring[(newest - age) & (ring.length - 1)];
  }

  /** Where the remote finds this entry, which must be {@linkplain Entry#isAtRemote there}. */
  int remoteIndex(Entry entry) {
    return HpackStaticTable.LENGTH + (int) (sentOn - entry.ordinal);
  }

  /** Notes that the remote was sent the entry just added. */
  void sendOn(Entry entry) {
    changes++;
    entry.ordinal = sentOn++;
  }

  /**
   * Counts whatever could make a block mean something else, here or at the remote. As long as it
   * stands still, the same octets are the same fields.
   */
  long changes() {
    return changes;
  }

  /** How many entries were sent on: a mark for {@link #takeBack}. */
  long sentOn() {
    return sentOn;
  }

  /** Notes that what was sent on since {@code mark} has not left after all. */
  void takeBack(long mark) {
    changes++;
    for (int age = 0; age < count; age++) {
      Entry entry = ring[(newest - age) & (ring.length - 1)];
      if (entry.isAtRemote()) {
        if (entry.ordinal < mark) {
          break;
        }
        entry.ordinal = Entry.ABSENT;
      }
    }
    sentOn = mark;
  }

  /** Notes that the remote's table is emptied: it lacks all entries from now on. */
  void emptyRemote() {
    changes++;
    for (int age = 0; age < count; age++) {
      ring[(newest - age) & (ring.length - 1)].ordinal = Entry.ABSENT;
    }
  }

  int maxSize() {
    return maxSize;
  }

  /** The same entries, of which a remote has none that has yet to be spoken to. */
  DynamicTable forAnotherRemote() {
    DynamicTable copy = new DynamicTable();
    copy.ring = new Entry[ring.length];
    for (int age = 0; age < count; age++) {
      int slot = (newest - age) & (ring.length - 1);
      copy.ring[slot] = ring[slot].absentCopy();
    }
    copy.newest = newest;
    copy.count = count;
    copy.size = size;
    copy.maxSize = maxSize;
    copy.octets = octets.clone();
    copy.base = base;
    copy.end = end;
    return copy;
  }

  void maxSize(int newMaxSize) {
    changes++;
    maxSize = newMaxSize;
    evict();
  }

  /**
   * Adds an entry with a literal name; null if it is larger than the table, which is empty then
   * (RFC 7541, 4.4).
   */
  @Nullable Entry add(HpackString name, HpackString value) throws HpackException {
    Entry entry = append(name.decodedLength(), value, name.literalLength());
    if (entry != null) {
      entry.staticName = 0;
      System.arraycopy(
          name.array, name.literalStart, octets, entry.offset - base, entry.nameOctets);
    }
    return entry;
  }

  /** As {@link #add(HpackString, HpackString)}, with a name of the static table. */
  @Nullable Entry add(int staticName, HpackString value) throws HpackException {
    Entry entry = append(HpackStaticTable.nameLength(staticName), value, 0);
    if (entry != null) {
      entry.staticName = staticName;
    }
    return entry;
  }

  /**
   * As {@link #add(HpackString, HpackString)}, with the name of an entry, which may be evicted by
   * this.
   */
  @Nullable Entry add(Entry named, HpackString value) throws HpackException {
    Entry entry = append(named.nameLength, value, named.nameOctets);
    if (entry != null) {
      entry.staticName = named.staticName;
      System.arraycopy(octets, named.offset - base, octets, entry.offset - base, entry.nameOctets);
    }
    return entry;
  }

  /** Writes an entry as a literal without indexing. */
  void writeLiteral(Entry entry, HpackOutput out) {
    writeName(entry, 0, 4, out);
    out.writeBytes(octets, entry.offset - base + entry.nameOctets, entry.valueOctets);
  }

  /**
   * Writes a representation's first octets and an entry's name, other than by the entry's index.
   */
  void writeName(Entry entry, int pattern, int prefixBits, HpackOutput out) {
    out.writeInteger(pattern, prefixBits, entry.staticName);
    out.writeBytes(octets, entry.offset - base, entry.nameOctets);
  }

  // Evicts last, and evicting only counts: until the next entry is appended, the octets of a name's
  // entry that had to go are
  // where they were (RFC 7541, 4.4).
  private @Nullable Entry append(int nameLength, HpackString value, int nameOctets)
      throws HpackException {
    changes++;
    int entrySize = nameLength + value.decodedLength() + ENTRY_OVERHEAD;
    if (entrySize > maxSize) {
      count = 0;
      size = 0;
      return null;
    }
    int valueOctets = value.literalLength();
    reserve(nameOctets + valueOctets);
    Entry entry = nextSlot();
    entry.size = entrySize;
    entry.nameLength = nameLength;
    entry.offset = end;
    entry.nameOctets = nameOctets;
    entry.valueOctets = valueOctets;
    entry.ordinal = Entry.ABSENT;
    System.arraycopy(value.array, value.literalStart, octets, end - base + nameOctets, valueOctets);
    end += nameOctets + valueOctets;
    size += entrySize;
    evict();
    return entry;
  }

  private void evict() {
    while (size > maxSize) {
      size -= oldest().size;
      count--;
    }
  }

  private Entry oldest() {
    return ring[(newest - count + 1) & (ring.length - 1)];
  }

  private Entry nextSlot() {
    if (count == ring.length) {
      Entry[] larger = new Entry[2 * count];
      for (int age = 0; age < count; age++) {
        larger[count - 1 - age] = ring[(newest - age) & (count - 1)];
      }
      ring = larger;
      newest = count - 1;
    }
    newest = (newest + 1) & (ring.length - 1);
    count++;
    Entry entry = ring[newest];
    if (entry == null) {
      entry = new Entry();
      ring[newest] = entry;
    }
    return entry;
  }

  private void reserve(int needed) {
    if (octets.length - (end - base) >= needed) {
      return;
    }
    int firstAlive = count == 0 ? end : oldest().offset;
    int alive = end - firstAlive;
    byte[] target = octets;
    if (2 * (alive + needed) > octets.length) {
      target = new byte[Integer.highestOneBit(alive + needed) << 2];
    }
    System.arraycopy(octets, firstAlive - base, target, 0, alive);
    octets = target;
    base = firstAlive;
  }
}
