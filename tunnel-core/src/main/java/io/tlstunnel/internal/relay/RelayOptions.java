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
 */
public record RelayOptions(
    @Nullable String authority,
    int maxHeaderListSize,
    int maxHeaderFields,
    Duration settingsTimeout) {}
