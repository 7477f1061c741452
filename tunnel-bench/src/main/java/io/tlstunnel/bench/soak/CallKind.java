package io.tlstunnel.bench.soak;

import io.grpc.Status;

/** What clients do. */
enum CallKind {
  /** One request, the same as response. */
  ECHO,
  /** One request, many responses. */
  STREAM,
  /** Request and response in turns. */
  CHAT,
  /** Responses without end, until the client has had enough. */
  CANCEL,
  /** A response that never comes. */
  DEADLINE;

  /** Whether this is how such a call ends when nothing goes wrong. */
  boolean isMeantToEndWith(Status status) {
    return switch (this) {
      case ECHO, STREAM, CHAT -> status.isOk();
      case CANCEL -> status.getCode() == Status.Code.CANCELLED && isOwn(status);
      case DEADLINE -> status.getCode() == Status.Code.DEADLINE_EXCEEDED || isOverdue(status);
    };
  }

  private static boolean isOwn(Status status) {
    return String.valueOf(status.getDescription()).contains("by the soak");
  }

  /** The tunnel tells a client what it waits for, shortly before the client gives up. */
  private static boolean isOverdue(Status status) {
    return status.getCode() == Status.Code.UNAVAILABLE
        && String.valueOf(status.getDescription()).contains("no answer");
  }
}
