package io.tlstunnel.internal.wire;

/**
 * A header field as a decoder hands it out.
 *
 * @param never whether it must never be indexed
 */
record Field(String name, String value, boolean never) {

  static Field of(String name, String value) {
    return new Field(name, value, false);
  }

  static Field never(String name, String value) {
    return new Field(name, value, true);
  }

  /** The same without the mark, as decoders have it that lose it. */
  Field unmarked() {
    return of(name, value);
  }

  int size() {
    return name.length() + value.length() + 32;
  }
}
