package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.When;
import java.time.Duration;
import java.util.List;

/** A remote that a test owns: it listens on loopback, over TLS, and records what reaches it. */
public interface Backend extends AutoCloseable {
  /** The port that the backend listens on, on 127.0.0.1. */
  int port();

  /**
   * The first name in the backend's certificate: what clients use as SNI and {@code :authority}.
   */
  String serverName();

  /**
   * The next call that no {@code takeCall} has returned before; waits for it.
   *
   * @throws AssertionError if none comes in time; the message says what the backend has seen
   *     instead
   */
  RecordedCall takeCall(Duration timeout);

  /** All calls so far, in the order of their arrival. */
  List<RecordedCall> calls();

  /** All connections so far, in the order of their arrival. */
  List<RecordedConnection> connections();

  /**
   * Puts a fault in force until it is removed.
   *
   * @throws IllegalArgumentException if this backend cannot do that, or the fault can never strike
   */
  InjectedFault inject(Fault fault, When when);

  /** Puts a fault in force for every connection or call. */
  default InjectedFault inject(Fault fault) {
    return inject(fault, When.always());
  }

  /** Ends all faults. */
  void clearFaults();

  /** Shows another certificate from the next connection on. */
  void present(TestCert certificate);

  /** Stops listening and closes what is open; returns when nothing is left. */
  @Override
  void close();
}
