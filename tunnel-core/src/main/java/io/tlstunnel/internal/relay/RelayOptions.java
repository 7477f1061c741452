package io.tlstunnel.internal.relay;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How requests are carried.
 *
 * @param authority what replaces the client's {@code :authority}; null keeps the client's
 * @param limits what clients and remote may not exceed
 * @param settingsTimeout how long the remote may take for its SETTINGS once TLS stands
 * @param keepAliveInterval how long the remote may be silent, with streams open, before it is
 *     asked; zero never asks
 * @param keepAliveTimeout how long it may then take
 * @param idleTimeout how long a connection without streams is kept; zero keeps it
 * @param maxConnectionAge how old a connection gets before it is drained; zero keeps it
 */
public record RelayOptions(
    @Nullable String authority,
    RelayLimits limits,
    Duration settingsTimeout,
    Duration keepAliveInterval,
    Duration keepAliveTimeout,
    Duration idleTimeout,
    Duration maxConnectionAge) {}
