package io.tlstunnel.diagnosis;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Our side of mutual TLS.
 *
 * @param subject of the configured client certificate; null if there is none
 * @param notAfter until when it is valid; null if there is none
 * @param shown whether the remote asked for it, and got it
 * @param refusedAfterHandshake whether the remote refused us only after the handshake had succeeded
 *     on our side, as TLS 1.3 has it
 */
public record ClientIdentity(
    @Nullable String subject,
    @Nullable Instant notAfter,
    boolean shown,
    boolean refusedAfterHandshake) {}
