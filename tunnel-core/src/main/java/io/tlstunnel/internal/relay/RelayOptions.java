package io.tlstunnel.internal.relay;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How requests are carried.
 *
 * @param authority what replaces the client's {@code :authority}; null keeps the client's
 * @param maxHeaderListSize the largest request header list, in bytes as RFC 9113, 6.5.2 counts them
 * @param maxHeaderFields the most fields in a request header list
 * @param settingsTimeout how long the remote may take for its SETTINGS once TLS stands
 * @param keepAliveInterval how long the remote may be silent, with streams open, before it is
 *     asked; zero never asks
 * @param keepAliveTimeout how long it may then take
 * @param idleTimeout how long a connection without streams is kept; zero keeps it
 * @param maxConnectionAge how old a connection gets before it is drained; zero keeps it
 */
public record RelayOptions(
    @Nullable String authority,
    int maxHeaderListSize,
    int maxHeaderFields,
    Duration settingsTimeout,
    Duration keepAliveInterval,
    Duration keepAliveTimeout,
    Duration idleTimeout,
    Duration maxConnectionAge) {}
