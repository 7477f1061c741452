package io.tlstunnel.diagnosis;

import java.time.Duration;

/**
 * One address of the remote.
 *
 * @param address as text, without the port: {@code 10.0.0.7}, {@code 2001:db8::7}
 * @param outcome {@link Outcome#NOT_REACHED} if its turn did not come
 * @param cause why it failed; empty if it did not
 * @param took until the address took the connection or failed
 */
public record TriedAddress(String address, Outcome outcome, String cause, Duration took) {}
