package io.tlstunnel.junit.fault;

import java.time.Duration;
import java.util.Objects;

/**
 * What a network does to the bytes of a connection, below TLS. Strikes connections, those that are
 * open too, until it is removed.
 */
public sealed interface NetworkFault extends Fault {
  /** Which bytes are meant, seen from the client. */
  enum Direction {
    /** From client to server. */
    REQUEST,
    /** From server to client. */
    RESPONSE
  }

  /** How a connection ends. */
  enum Ending {
    /** FIN in both directions, without TLS's own goodbye. */
    FIN,
    /** RST: what is in the network's buffers is lost. */
    RST,
    /** FIN to the client; what the client sends is still taken. */
    HALF_CLOSE
  }

  /** Every byte comes later, by the delay and a random part of the jitter; order is kept. */
  record Delay(Duration delay, Duration jitter) implements NetworkFault {
    public Delay {
      if (delay.isNegative() || jitter.isNegative()) {
        throw new IllegalArgumentException(
            "delay: " + delay + ", jitter: " + jitter + " (expected: 0 or more)");
      }
    }
  }

  /** Not more than so many bytes per second pass, in each direction. */
  record Throttle(long bytesPerSecond) implements NetworkFault {
    public Throttle {
      if (bytesPerSecond < 1) {
        throw new IllegalArgumentException(
            "bytesPerSecond: " + bytesPerSecond + " (expected: at least 1)");
      }
    }
  }

  /** Every byte is handed over on its own. */
  record OneByteWrites() implements NetworkFault {}

  /**
   * Nothing is read and nothing is sent: TCP itself pushes back. What waited goes on afterwards.
   */
  record Stall() implements NetworkFault {}

  /** Everything is taken and nothing comes out: what waited is lost. */
  record Blackhole() implements NetworkFault {}

  /** The connection ends when so many bytes have passed in a direction. */
  record EndAfter(Ending ending, Direction direction, long bytes) implements NetworkFault {
    public EndAfter {
      Objects.requireNonNull(ending, "ending");
      Objects.requireNonNull(direction, "direction");
      if (bytes < 0) {
        throw new IllegalArgumentException("bytes: " + bytes + " (expected: 0 or more)");
      }
    }
  }

  /** The byte at a position, from 0, has all its bits turned. */
  record CorruptByte(Direction direction, long position) implements NetworkFault {
    public CorruptByte {
      Objects.requireNonNull(direction, "direction");
      if (position < 0) {
        throw new IllegalArgumentException("position: " + position + " (expected: 0 or more)");
      }
    }
  }

  /** A network with latency. */
  static NetworkFault delay(Duration delay) {
    return new Delay(delay, Duration.ZERO);
  }

  /** A network with latency that varies. */
  static NetworkFault delay(Duration delay, Duration jitter) {
    return new Delay(delay, jitter);
  }

  /** A slow network. */
  static NetworkFault throttle(long bytesPerSecond) {
    return new Throttle(bytesPerSecond);
  }

  /** A network that hands over single bytes. */
  static NetworkFault oneByteWrites() {
    return new OneByteWrites();
  }

  /** A network that stands still. */
  static NetworkFault stall() {
    return new Stall();
  }

  /** A network that swallows everything. */
  static NetworkFault blackhole() {
    return new Blackhole();
  }

  /** FIN when so many bytes have passed in a direction. */
  static NetworkFault finAfter(Direction direction, long bytes) {
    return new EndAfter(Ending.FIN, direction, bytes);
  }

  /** RST when so many bytes have passed in a direction. */
  static NetworkFault resetAfter(Direction direction, long bytes) {
    return new EndAfter(Ending.RST, direction, bytes);
  }

  /** Half-close when so many bytes have passed in a direction. */
  static NetworkFault halfCloseAfter(Direction direction, long bytes) {
    return new EndAfter(Ending.HALF_CLOSE, direction, bytes);
  }

  /** A network that damages a byte which TCP's checksum does not catch. */
  static NetworkFault corruptByte(Direction direction, long position) {
    return new CorruptByte(direction, position);
  }

  @Override
  default Target target() {
    return Target.CONNECTION;
  }
}
