package io.tlstunnel.junit.fault;

import java.time.Duration;

/** What a remote does wrong in gRPC. Strikes calls. */
public sealed interface GrpcFault extends Fault {
  /**
   * The call is answered with trailers only; the service never sees it.
   *
   * @param code the gRPC status code, 0 to 16
   * @param message the status message, empty for none
   * @param details {@code grpc-status-details-bin} in base64, empty for none
   */
  record Status(int code, String message, String details) implements GrpcFault {
    public Status {
      if (code < 0 || code > 16) {
        throw new IllegalArgumentException("code: " + code + " (expected: 0-16)");
      }
    }
  }

  /** The response leaves this much later than the service gave it. */
  record Delay(Duration delay) implements GrpcFault {
    public Delay {
      if (delay.isNegative()) {
        throw new IllegalArgumentException("delay: " + delay + " (expected: 0 or more)");
      }
    }
  }

  /** Trailers only, with a status code such as 14 and a message. */
  static GrpcFault status(int code, String message) {
    return new Status(code, message, "");
  }

  /** Trailers only, with a status and its details: a google.rpc.Status in base64. */
  static GrpcFault status(int code, String message, String details) {
    return new Status(code, message, details);
  }

  /** A slow response. */
  static GrpcFault delay(Duration delay) {
    return new Delay(delay);
  }

  @Override
  default Target target() {
    return Target.CALL;
  }
}
