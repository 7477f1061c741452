package io.tlstunnel.bench.soak;

import io.grpc.Status;

/**
 * How a call went.
 *
 * @param began by {@link System#nanoTime}, as is {@code ended}
 * @param problem what was wrong with it whatever its status, empty if nothing
 */
record CallResult(CallKind kind, long began, long ended, Status status, String problem) {}
