package io.tlstunnel.internal.wire;

import org.jspecify.annotations.Nullable;

/** Which fields of a block are replaced, and by what. */
final class Replacements {
  static final Replacements NONE = new Replacements(null, null, null);

  private final @Nullable Replacement scheme;
  private final @Nullable Replacement authority;
  private final @Nullable Replacement host;

  private Replacements(
      @Nullable Replacement scheme, @Nullable Replacement authority, @Nullable Replacement host) {
    this.scheme = scheme;
    this.authority = authority;
    this.host = host;
  }

  static Replacements of(HeaderRules rules) {
    Replacement scheme = Replacement.scheme(rules.scheme());
    String authority = rules.authority();
    if (authority == null) {
      return new Replacements(scheme, null, null);
    }
    // A host field must not differ from the authority (RFC 9113, 8.3.1). It is replaced, because
    // dropping it could put right
    // what is malformed: a second one, or a pseudo-header field behind it.
    return new Replacements(scheme, Replacement.authority(authority), Replacement.host(authority));
  }

  @Nullable Replacement authority() {
    return authority;
  }

  @Nullable Replacement of(FieldKind kind) {
    return switch (kind) {
      case AUTHORITY -> authority;
      case SCHEME -> scheme;
      case HOST -> host;
      case METHOD, OTHER_PSEUDO, CONTENT_TYPE, GRPC_TIMEOUT, REGULAR -> null;
    };
  }
}
