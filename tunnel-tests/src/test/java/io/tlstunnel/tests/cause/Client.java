package io.tlstunnel.tests.cause;

import java.time.Duration;

/** A gRPC implementation that makes one call on a fresh channel. */
interface Client {
  Told call(String target, Duration deadline) throws Exception;
}
