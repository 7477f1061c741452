package io.tlstunnel.internal.upstream;

import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;

/** What went wrong and what to do about it, in words that do not depend on the TLS provider. */
record Diagnosis(String cause, String remedy) {
  /** A failure of a route on which no request has left yet. */
  TunnelFailure before(Stage stage, String peer) {
    return new TunnelFailure(stage, peer, cause, remedy, false);
  }

  /** A failure of a route on which requests may have left. */
  TunnelFailure after(Stage stage, String peer) {
    return new TunnelFailure(stage, peer, cause, remedy, true);
  }
}
