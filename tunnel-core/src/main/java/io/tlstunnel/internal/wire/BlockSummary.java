package io.tlstunnel.internal.wire;

/** What the tunnel knows of a request's header block. Reused from block to block. */
final class BlockSummary {
  long listSize;
  int fields;
  boolean grpc;
  boolean connect;
  long grpcTimeoutNanos;

  void clear() {
    listSize = 0;
    fields = 0;
    grpc = false;
    connect = false;
    grpcTimeoutNanos = FieldMeaning.NO_TIMEOUT;
  }

  void set(BlockSummary other) {
    listSize = other.listSize;
    fields = other.fields;
    grpc = other.grpc;
    connect = other.connect;
    grpcTimeoutNanos = other.grpcTimeoutNanos;
  }

  void add(FieldKind kind, int size, long meaning) {
    fields++;
    listSize += size;
    switch (kind) {
      case METHOD -> connect |= meaning != 0;
      case CONTENT_TYPE -> grpc |= meaning != 0;
      case GRPC_TIMEOUT -> grpcTimeoutNanos = meaning;
      case AUTHORITY, SCHEME, OTHER_PSEUDO, HOST, REGULAR -> {}
    }
  }

  boolean exceeds(HeaderRules rules) {
    return fields > rules.maxHeaderFields() || listSize > rules.maxHeaderListSize();
  }
}
