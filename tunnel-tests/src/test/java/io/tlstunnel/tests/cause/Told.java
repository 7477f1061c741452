package io.tlstunnel.tests.cause;

import java.time.Duration;

/**
 * How a call ended for its client.
 *
 * @param code the gRPC status by its name
 * @param message what came with it
 * @param messages how many messages had come before
 * @param after from the call to its end
 */
record Told(String code, String message, int messages, Duration after) {}
