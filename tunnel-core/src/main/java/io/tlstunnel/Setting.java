package io.tlstunnel;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** One option of a builder, which may be set once. */
final class Setting<T> {
  private final String name;
  private @Nullable T value;

  Setting(String name) {
    this.name = name;
  }

  void set(T newValue) {
    if (value != null) {
      throw new IllegalStateException(name + " was already set to " + text(value));
    }
    value = newValue;
  }

  boolean isSet() {
    return value != null;
  }

  T orElse(T fallback) {
    return value == null ? fallback : value;
  }

  @Nullable T orNull() {
    return value;
  }

  private static String text(Object value) {
    return value instanceof InetSocketAddress address
        ? NetUtil.toSocketAddressString(address)
        : value.toString();
  }
}
