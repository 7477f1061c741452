package io.tlstunnel.internal.runtime;

import io.netty.channel.ChannelException;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What the operating system says of a socket call that failed.
 *
 * <p>The transports tell it in different ways: NIO mostly by the exception's text, epoll by a
 * number in the text, or by the exception's class and no text at all, and for a socket that cannot
 * even be made by a cause of a cause. All of that is looked at. The numbers are Linux's, the only
 * system where epoll is.
 */
public enum SystemError {
  /** A reset in answer to our SYN, or ICMP's 'port unreachable'. */
  REFUSED(Set.of(111), "refused"),
  /** Any way in which the other side, or somebody in its name, ends TCP at once. */
  RESET(Set.of(32, 103, 104), "reset", "broken pipe", "forcibly closed", "connection abort"),
  /** TCP has given the other side up. */
  TIMED_OUT(Set.of(110), "timed out"),
  /** No route, a host that is down, or ICMP's other kinds of 'unreachable' and 'prohibited'. */
  UNREACHABLE(
      Set.of(64, 100, 101, 112, 113), "unreachable", "no route", "host is down", "network is down"),
  /** The host, or a firewall in its name, says that it has no TCP. */
  NO_PROTOCOL(Set.of(92), "protocol not available"),
  /** A route that is prohibited, a security module, a port that needs privileges. */
  NOT_PERMITTED(Set.of(1, 13), "permission denied", "not permitted"),
  ADDRESS_IN_USE(Set.of(98), "address already in use"),
  /** On connecting: no local port is left; on listening: the address is not this machine's. */
  NO_LOCAL_ADDRESS(Set.of(11, 99), "assign requested address", "temporarily unavailable"),
  PROCESS_FILES(Set.of(24), "too many open files"),
  MACHINE_FILES(Set.of(23), "too many open files in system"),
  NO_MEMORY(Set.of(12, 105), "no buffer space", "cannot allocate memory"),
  /** Most likely IPv6 on a machine, or in a JVM, that has none. */
  NO_ADDRESS_FAMILY(Set.of(97), "address family not supported"),
  /** An address that cannot be connected to, or a blackhole route. */
  INVALID(Set.of(22), "invalid argument"),
  NO_INTERFACE(Set.of(19), "no such device", "no such interface", "no scope_id found");

  /** Netty 4.2's way; 4.1 has the text alone. */
  private static final Pattern NUMBER = Pattern.compile("failed with error\\(-(\\d+)\\)");

  /** A chain of causes may be a circle. */
  private static final int MAX_CAUSES = 20;

  @SuppressWarnings("ImmutableEnumChecker") // Made by Set.of.
  private final Set<Integer> numbers;

  @SuppressWarnings("ImmutableEnumChecker") // Made by List.of.
  private final List<String> texts;

  SystemError(Set<Integer> numbers, String... texts) {
    this.numbers = numbers;
    this.texts = List.of(texts);
  }

  /** The error that the exception or one of its causes tells of; null if none is known. */
  public static @Nullable SystemError in(@Nullable Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      SystemError found = one(cause);
      if (found != null) {
        return found;
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static @Nullable SystemError one(Throwable cause) {
    if (cause instanceof NoRouteToHostException) {
      return UNREACHABLE;
    }
    if (cause instanceof UnsupportedAddressTypeException) {
      return NO_ADDRESS_FAMILY;
    }
    boolean ofASocket = cause instanceof IOException || cause instanceof ChannelException;
    String message = cause.getMessage();
    // A TLS library that fails has a text of its own, in which the socket's words prove nothing.
    if (!ofASocket || cause instanceof SSLException || message == null) {
      return null;
    }
    Matcher number = NUMBER.matcher(message);
    return number.find() ? numbered(Integer.parseInt(number.group(1))) : worded(message);
  }

  private static @Nullable SystemError numbered(int number) {
    for (SystemError error : values()) {
      if (error.numbers.contains(number)) {
        return error;
      }
    }
    return null;
  }

  private static @Nullable SystemError worded(String message) {
    String text = message.toLowerCase(Locale.ROOT);
    SystemError best = null;
    int length = 0;
    // The longest: "too many open files in system" begins like another.
    for (SystemError error : values()) {
      for (String part : error.texts) {
        if (part.length() > length && text.contains(part)) {
          best = error;
          length = part.length();
        }
      }
    }
    return best;
  }
}
