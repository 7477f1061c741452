package io.tlstunnel.tls;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refuses null by the name of what is missing. */
final class Required {
  private Required() {}

  /**
   * Gives the value back.
   *
   * @throws NullPointerException if there is none
   */
  static <T> T value(@Nullable T value, String name) {
    if (value == null) {
      throw new NullPointerException(name + ": null (expected: a value)");
    }
    return value;
  }

  /**
   * Gives a copy of the values.
   *
   * @throws NullPointerException if there are none, or one of them is missing
   */
  static <T> List<T> values(@Nullable Collection<T> values, String name) {
    List<T> copy = new ArrayList<>();
    for (T value : value(values, name)) {
      copy.add(value(value, name + "[" + copy.size() + "]"));
    }
    return List.copyOf(copy);
  }
}
