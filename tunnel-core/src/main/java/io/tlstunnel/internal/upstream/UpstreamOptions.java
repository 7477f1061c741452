package io.tlstunnel.internal.upstream;

import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

public record UpstreamOptions(
    String host,
    int port,
    @Nullable String sni,
    ServerTrust trust,
    @Nullable ClientCert clientCert,
    List<String> tlsVersions,
    List<String> tlsCiphers,
    Duration connectTimeout) {}
