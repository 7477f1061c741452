package io.tlstunnel.junit;

import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslHandler;
import java.security.Principal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Turns what happens on one connection into records. */
final class CallRecorder {
  private final Traffic traffic;
  private final int connection;

  CallRecorder(Traffic traffic, int connection) {
    this.traffic = traffic;
    this.connection = connection;
  }

  void secured(SslHandler tls) {
    SSLSession session = tls.engine().getSession();
    traffic.update(
        connection,
        record ->
            record.secured(
                sni(session),
                text(tls.applicationProtocol()),
                session.getProtocol(),
                clientPrincipal(session)));
  }

  void refused(Throwable cause) {
    traffic.update(connection, record -> record.refused(String.valueOf(cause.getMessage())));
  }

  /** Keeps a request and tells which of the backend's calls it is, from 1. */
  int number(Http2Headers headers, int stream) {
    return traffic.call(call(headers, stream));
  }

  /** Keeps a request. */
  RecordedCall record(Http2Headers headers, int stream) {
    RecordedCall call = call(headers, stream);
    traffic.call(call);
    return call;
  }

  private RecordedCall call(Http2Headers headers, int stream) {
    Map<String, List<String>> metadata = new LinkedHashMap<>();
    headers.forEach(
        field -> {
          String name = field.getKey().toString().toLowerCase(Locale.ROOT);
          if (!name.startsWith(":")) {
            metadata
                .computeIfAbsent(name, key -> new ArrayList<>())
                .add(field.getValue().toString());
          }
        });
    RecordedConnection record = traffic.connection(connection);
    return new RecordedCall(
        text(headers.path()),
        text(headers.authority()),
        metadata,
        record.sni(),
        record.alpn(),
        record.clientPrincipal(),
        connection,
        stream);
  }

  private static String sni(SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (SNIServerName name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    }
    return "";
  }

  private static String clientPrincipal(SSLSession session) {
    try {
      Principal principal = session.getPeerPrincipal();
      return principal == null ? "" : principal.getName();
    } catch (SSLPeerUnverifiedException e) {
      return "";
    }
  }

  private static String text(@Nullable CharSequence value) {
    return value == null ? "" : value.toString();
  }
}
