package io.tlstunnel.junit;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;

/** At least one of the calls that a backend has received, narrowed down step by step. */
public final class CallAssert extends AbstractAssert<CallAssert, List<RecordedCall>> {
  private final List<RecordedCall> all;

  CallAssert(List<RecordedCall> matching, List<RecordedCall> all) {
    super(matching, CallAssert.class);
    this.all = all;
  }

  /** The name that the client put into its ClientHello. */
  public CallAssert withSni(String sni) {
    return that("SNI", sni, RecordedCall::sni);
  }

  /** The {@code :authority}. */
  public CallAssert withAuthority(String authority) {
    return that("authority", authority, RecordedCall::authority);
  }

  /** The subject of the client's certificate. */
  public CallAssert withClientPrincipal(String subject) {
    return that("client", subject, RecordedCall::clientPrincipal);
  }

  /** The first value of a header field. */
  public CallAssert withHeader(String name, String value) {
    return that(name, value, call -> call.header(name));
  }

  /** The number of the connection, from 1. */
  public CallAssert onConnection(int number) {
    return that("connection", number, RecordedCall::connection);
  }

  <T> CallAssert that(String what, T expected, Function<RecordedCall, T> part) {
    List<RecordedCall> matching =
        actual.stream().filter(call -> part.apply(call).equals(expected)).toList();
    if (matching.isEmpty()) {
      String found =
          actual.stream()
              .map(part)
              .distinct()
              .map(String::valueOf)
              .collect(Collectors.joining(", "));
      failWithMessage(
          "no call with %s %s (found: %s), of all these:%s",
          what, expected, found.isEmpty() ? "no call at all" : found, lines(all));
    }
    return new CallAssert(matching, all);
  }

  static String lines(List<RecordedCall> calls) {
    return calls.stream()
        .map(call -> System.lineSeparator() + "  " + call)
        .collect(Collectors.joining());
  }
}
