package io.tlstunnel.internal.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * What the tunnel reads from the values of the few fields that it cares for, as a number that table
 * entries can keep.
 */
final class FieldMeaning {
  /** The meaning of a grpc-timeout that is none. */
  static final long NO_TIMEOUT = -1;

  private static final byte[] CONNECT = "CONNECT".getBytes(US_ASCII);
  private static final byte[] GRPC = "application/grpc".getBytes(US_ASCII);
  private static final int MAX_TIMEOUT_DIGITS = 8;

  /**
   * Characters of a value that are looked at: the longest that is compared, and the one behind it.
   */
  static final int PREFIX_LENGTH = GRPC.length + 1;

  private FieldMeaning() {}

  /**
   * 1 for the method CONNECT and for a content-type of gRPC, the nanoseconds of a grpc-timeout or
   * {@link #NO_TIMEOUT}, 0 for everything else.
   *
   * @param prefix scratch of {@link #PREFIX_LENGTH} octets
   */
  static long of(FieldKind kind, HpackString value, byte[] prefix) throws HpackException {
    return switch (kind) {
      case METHOD -> isConnect(prefix, value.prefix(prefix)) ? 1 : 0;
      case CONTENT_TYPE -> isGrpc(prefix, value.prefix(prefix)) ? 1 : 0;
      case GRPC_TIMEOUT -> timeoutNanos(prefix, value.prefix(prefix));
      case AUTHORITY, SCHEME, OTHER_PSEUDO, HOST, REGULAR -> 0;
    };
  }

  private static boolean isConnect(byte[] value, int length) {
    return Arrays.equals(value, 0, length, CONNECT, 0, CONNECT.length);
  }

  /**
   * application/grpc, application/grpc+proto, application/grpc;charset=utf-8; but not
   * application/grpc-web.
   */
  private static boolean isGrpc(byte[] value, int length) {
    if (length < GRPC.length) {
      return false;
    }
    for (int i = 0; i < GRPC.length; i++) {
      // Media types do not care for case, and one bit is what tells the cases of an ASCII letter
      // apart.
      boolean isLetter = GRPC[i] >= 'a';
      if ((isLetter ? value[i] | 0x20 : value[i]) != GRPC[i]) {
        return false;
      }
    }
    return length == GRPC.length || value[GRPC.length] == '+' || value[GRPC.length] == ';';
  }

  /** One to eight digits and a unit, as gRPC's protocol has it. */
  private static long timeoutNanos(byte[] value, int length) {
    int digits = length - 1;
    if (digits < 1 || digits > MAX_TIMEOUT_DIGITS) {
      return NO_TIMEOUT;
    }
    long amount = 0;
    for (int i = 0; i < digits; i++) {
      int digit = value[i] - '0';
      if (digit < 0 || digit > 9) {
        return NO_TIMEOUT;
      }
      amount = 10 * amount + digit;
    }
    return switch (value[digits]) {
      case 'H' -> TimeUnit.HOURS.toNanos(amount);
      case 'M' -> TimeUnit.MINUTES.toNanos(amount);
      case 'S' -> TimeUnit.SECONDS.toNanos(amount);
      case 'm' -> TimeUnit.MILLISECONDS.toNanos(amount);
      case 'u' -> TimeUnit.MICROSECONDS.toNanos(amount);
      case 'n' -> amount;
      default -> NO_TIMEOUT;
    };
  }
}
