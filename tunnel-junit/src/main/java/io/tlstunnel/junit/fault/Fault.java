package io.tlstunnel.junit.fault;

/**
 * Something that goes wrong on a route. Faults are values: the same one may be injected many times
 * and into many backends.
 */
public sealed interface Fault permits TlsFault, Http2Fault, GrpcFault, NetworkFault {
  /** Whether the fault strikes whole connections or single calls. */
  Target target();

  /** What a fault strikes. */
  enum Target {
    /** A connection, from its beginning. */
    CONNECTION,
    /** One call. */
    CALL
  }
}
