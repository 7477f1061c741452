package io.tlstunnel.diagnosis;

import org.jspecify.annotations.Nullable;

/**
 * The remote's HTTP/2 settings (RFC 9113, 6.5.2), with the protocol's defaults where it names none.
 *
 * @param maxConcurrentStreams how many calls a connection takes at a time; null if there is no
 *     limit
 * @param maxFrameSize in bytes
 * @param initialWindowSize how many bytes of a request it takes before it has read some
 * @param maxHeaderListSize the request headers that it takes, in bytes; null if there is no limit
 */
public record RemoteSettings(
    @Nullable Long maxConcurrentStreams,
    int maxFrameSize,
    long initialWindowSize,
    @Nullable Long maxHeaderListSize) {}
