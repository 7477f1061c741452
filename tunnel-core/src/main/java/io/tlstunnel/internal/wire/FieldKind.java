package io.tlstunnel.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a request field is to the tunnel, by its name. Pseudo-header fields (RFC 9113, 8.3) come
 * first.
 */
enum FieldKind {
  AUTHORITY(":authority"),
  SCHEME(":scheme"),
  METHOD(":method"),
  OTHER_PSEUDO(null),
  HOST("host"),
  CONTENT_TYPE("content-type"),
  GRPC_TIMEOUT("grpc-timeout"),
  REGULAR(null);

  /** The one name of the kind; null if there are many. */
  final @Nullable String fieldName;

  FieldKind(@Nullable String fieldName) {
    this.fieldName = fieldName;
  }

  boolean isPseudo() {
    return compareTo(OTHER_PSEUDO) <= 0;
  }
}
