package io.tlstunnel.testpeer;

import java.util.List;

/**
 * A header block as it came: the HEADERS frame with its CONTINUATION frames, and what they say.
 *
 * @param frames HEADERS first
 * @param fragment the block itself, without padding and priority, in hexadecimal
 * @param fields {@code name: value} in the order of the block
 */
public record Block(List<Frame> frames, String fragment, List<String> fields) {
  public int streamId() {
    return frames.get(0).streamId();
  }

  public boolean endStream() {
    return frames.get(0).has(Frame.END_STREAM);
  }

  /** The value of a field that is there once. */
  public String field(String name) {
    List<String> found =
        fields.stream()
            .filter(field -> field.startsWith(name + ": "))
            .map(field -> field.substring(name.length() + 2))
            .toList();
    if (found.size() != 1) {
      throw new AssertionError(name + " is there " + found.size() + " times in " + fields);
    }
    return found.get(0);
  }
}
