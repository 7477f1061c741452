package io.tlstunnel.junit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** What a backend has seen: written on event loops, read by tests. */
final class Traffic {
  private final String name;
  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicInteger callNumbers = new AtomicInteger();
  private final ConcurrentSkipListMap<Integer, RecordedConnection> connections =
      new ConcurrentSkipListMap<>();
  private final List<RecordedCall> calls = new CopyOnWriteArrayList<>();
  private final List<String> notes = new CopyOnWriteArrayList<>();
  private final BlockingQueue<RecordedCall> untaken = new LinkedBlockingQueue<>();

  Traffic(String name) {
    this.name = name;
  }

  int accepted(String remote) {
    int number = numbers.incrementAndGet();
    connections.put(
        number,
        new RecordedConnection(
            number, remote, "", "", "", "", RecordedConnection.State.ACCEPTED, ""));
    return number;
  }

  void update(int number, UnaryOperator<RecordedConnection> change) {
    connections.computeIfPresent(number, (key, connection) -> change.apply(connection));
  }

  RecordedConnection connection(int number) {
    RecordedConnection connection = connections.get(number);
    if (connection == null) {
      throw new IllegalArgumentException("connection " + number + " was never accepted");
    }
    return connection;
  }

  /** Keeps a call and tells its number. */
  int call(RecordedCall call) {
    calls.add(call);
    untaken.add(call);
    return callNumbers.incrementAndGet();
  }

  /** Keeps a line for the report: something that should not have happened. */
  void note(String line) {
    notes.add(line);
  }

  List<RecordedCall> calls() {
    return List.copyOf(calls);
  }

  List<RecordedConnection> connections() {
    return new ArrayList<>(connections.values());
  }

  RecordedCall takeCall(Duration timeout) {
    RecordedCall call;
    try {
      call = untaken.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(name + ": interrupted while waiting for a call", e);
    }
    if (call == null) {
      throw new AssertionError(
          name + ": no call within " + timeout.toMillis() + " ms; it has seen " + summary());
    }
    return call;
  }

  /** One line per connection and call, for messages and failure reports. */
  String summary() {
    if (connections.isEmpty()) {
      return "no connection";
    }
    StringBuilder text = new StringBuilder();
    text.append(connections.size()).append(" connection(s), ").append(calls.size());
    text.append(" call(s)");
    connections
        .values()
        .forEach(connection -> text.append(System.lineSeparator()).append(line(connection)));
    calls.forEach(call -> text.append(System.lineSeparator()).append(line(call)));
    notes.forEach(note -> text.append(System.lineSeparator()).append("  ").append(note));
    return text.toString();
  }

  private static String line(RecordedConnection connection) {
    return "  connection %d from %s: %s%s%s%s%s%s"
        .formatted(
            connection.number(),
            connection.remote(),
            connection.state(),
            part(", SNI ", connection.sni()),
            part(", ALPN ", connection.alpn()),
            part(", ", connection.tlsVersion()),
            part(", client ", connection.clientPrincipal()),
            part(", ", connection.failure()));
  }

  private static String line(RecordedCall call) {
    return "  call %s to %s on connection %d, stream %d"
        .formatted(call.path(), call.authority(), call.connection(), call.stream());
  }

  private static String part(String label, String value) {
    return value.isEmpty() ? "" : label + value;
  }
}
