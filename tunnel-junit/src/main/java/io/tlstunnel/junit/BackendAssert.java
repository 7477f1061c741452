package io.tlstunnel.junit;

import java.util.List;
import org.assertj.core.api.AbstractAssert;

/** What a backend has received. Each failure says what it was instead. */
public final class BackendAssert extends AbstractAssert<BackendAssert, Backend> {
  BackendAssert(Backend backend) {
    super(backend, BackendAssert.class);
  }

  /** At least one call with this {@code :path}; more can be said about it. */
  public CallAssert received(String path) {
    isNotNull();
    List<RecordedCall> calls = actual.calls();
    return new CallAssert(calls, calls).that("path", path, RecordedCall::path);
  }

  /** So many calls with this {@code :path}, no more and no fewer. */
  public BackendAssert received(String path, int times) {
    isNotNull();
    List<RecordedCall> calls = actual.calls();
    long found = calls.stream().filter(call -> call.path().equals(path)).count();
    if (found != times) {
      failWithMessage(
          "%d call(s) of %s (expected: %d), of all these:%s",
          found, path, times, CallAssert.lines(calls));
    }
    return this;
  }

  /** No call at all. */
  public BackendAssert receivedNothing() {
    isNotNull();
    if (!actual.calls().isEmpty()) {
      failWithMessage(
          "%d call(s) (expected: none):%s",
          actual.calls().size(), CallAssert.lines(actual.calls()));
    }
    return this;
  }

  /** So many connections were accepted, whatever became of them. */
  public BackendAssert acceptedConnections(int number) {
    isNotNull();
    int accepted = actual.connections().size();
    if (accepted != number) {
      failWithMessage("%d connection(s) (expected: %d): %s", accepted, number, actual);
    }
    return this;
  }
}
