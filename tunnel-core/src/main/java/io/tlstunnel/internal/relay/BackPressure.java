package io.tlstunnel.internal.relay;

import io.netty.channel.Channel;

/**
 * When to stop reading from one connection of a pair because the other does not keep up.
 *
 * <p>That is asked of the other's socket, and not of the buffer in front of it: one read may fill
 * the buffer, and the flush behind it empty it again. To stop and resume reading in between would
 * cost two system calls each time. So it is asked behind each read, and "not writable" alone stops
 * nobody; once the connection is writable again, reading goes on.
 */
final class BackPressure {
  private BackPressure() {}

  /** Whether {@code sink} has more to write than its socket takes now. */
  static boolean of(Channel sink) {
    if (sink.isWritable()) {
      return false;
    }
    sink.flush();
    return !sink.isWritable();
  }
}
