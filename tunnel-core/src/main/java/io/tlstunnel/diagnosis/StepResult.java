package io.tlstunnel.diagnosis;

import java.time.Duration;

/**
 * How one step went.
 *
 * @param took how long it took; zero if it was not reached, or is a part of the TLS handshake,
 *     whose time is that of {@link Step#TLS}
 */
public record StepResult(Step step, Outcome outcome, Duration took) {}
