package io.tlstunnel.bench.compare;

import java.util.List;
import java.util.stream.Stream;

/** What h2load asks for: connections, streams on each, what goes over them. */
enum Workload {
  /** Ten gRPC-like clients, ten calls at a time each. */
  C10X10("10x10", Kind.CALLS, 10, 10, true),
  C1X100("1x100", Kind.CALLS, 1, 100, true),
  C100X10("100x10", Kind.CALLS, 100, 10, false),
  /** One call after the other: latency. */
  C1X1("1x1", Kind.CALLS, 1, 1, true),
  DOWNLOAD("download", Kind.DOWNLOAD, 1, 4, true),
  UPLOAD("upload", Kind.UPLOAD, 1, 4, false),
  /** Every call on a connection of its own. */
  CHURN("churn", Kind.CHURN, 50, 1, false),
  GRPC_UNARY("grpc-unary", Kind.GRPC_UNARY, 1, 20, false),
  GRPC_STREAM("grpc-stream", Kind.GRPC_STREAM, 1, 4, false);

  /** How the load is made and what a unit of it is. */
  enum Kind {
    CALLS,
    DOWNLOAD,
    UPLOAD,
    CHURN,
    GRPC_UNARY,
    GRPC_STREAM;

    boolean countsBytes() {
      return this == DOWNLOAD || this == UPLOAD || this == GRPC_STREAM;
    }

    boolean isGrpc() {
      return this == GRPC_UNARY || this == GRPC_STREAM;
    }
  }

  private final String label;
  private final Kind kind;
  private final int connections;
  private final int streams;
  private final boolean hasGoal;

  Workload(String label, Kind kind, int connections, int streams, boolean hasGoal) {
    this.label = label;
    this.kind = kind;
    this.connections = connections;
    this.streams = streams;
    this.hasGoal = hasGoal;
  }

  Kind kind() {
    return kind;
  }

  int connections() {
    return connections;
  }

  int streams() {
    return streams;
  }

  static List<Workload> quick() {
    return Stream.of(values()).filter(workload -> workload.hasGoal).toList();
  }

  static List<String> names() {
    return Stream.of(values()).map(Workload::toString).toList();
  }

  @Override
  public String toString() {
    return label;
  }
}
