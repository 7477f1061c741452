package io.tlstunnel.diagnosis;

import io.tlstunnel.event.TunnelFailure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A diagnosis as JSON. */
final class JsonReport {
  private JsonReport() {}

  static String of(RouteDiagnosis found) {
    return json(
        object(
            "ok", found.ok(),
            "remote", found.remote(),
            "serverName", found.serverName(),
            "authority", found.authority(),
            "tookMillis", millis(found.took()),
            "failedAt", found.failedAt(),
            "failure", found.failure() == null ? null : failure(found.failure()),
            "steps", found.steps().stream().map(JsonReport::step).toList(),
            "addresses", found.addresses().stream().map(JsonReport::address).toList(),
            "tls", found.tls() == null ? null : tls(found.tls()),
            "chain", found.chain().stream().map(JsonReport::certificate).toList(),
            "clientIdentity", identity(found.clientIdentity()),
            "alpnOffered", found.alpnOffered(),
            "alpnChosen", found.alpnChosen(),
            "settings", found.settings() == null ? null : settings(found.settings()),
            "answer", found.answer() == null ? null : answer(found.answer())));
  }

  private static Map<String, @Nullable Object> failure(TunnelFailure failure) {
    return object(
        "message", failure.message(),
        "stage", failure.stage(),
        "peer", failure.peer(),
        "cause", failure.cause(),
        "remedy", failure.remedy(),
        "mayHaveReachedRemote", failure.mayHaveReachedRemote());
  }

  private static Map<String, @Nullable Object> step(StepResult result) {
    return object(
        "step", result.step(), "outcome", result.outcome(), "tookMillis", millis(result.took()));
  }

  private static Map<String, @Nullable Object> address(TriedAddress tried) {
    return object(
        "address", tried.address(),
        "outcome", tried.outcome(),
        "cause", tried.cause(),
        "tookMillis", millis(tried.took()));
  }

  private static Map<String, @Nullable Object> tls(TlsParameters tls) {
    return object("version", tls.version(), "cipher", tls.cipher(), "library", tls.library());
  }

  private static Map<String, @Nullable Object> certificate(PresentedCertificate certificate) {
    return object(
        "subject", certificate.subject(),
        "names", certificate.names(),
        "issuer", certificate.issuer(),
        "notBefore", certificate.notBefore(),
        "notAfter", certificate.notAfter(),
        "daysLeft", certificate.daysLeft());
  }

  private static Map<String, @Nullable Object> identity(ClientIdentity identity) {
    return object(
        "subject", identity.subject(),
        "notAfter", identity.notAfter(),
        "shown", identity.shown(),
        "refusedAfterHandshake", identity.refusedAfterHandshake());
  }

  private static Map<String, @Nullable Object> settings(RemoteSettings settings) {
    return object(
        "maxConcurrentStreams", settings.maxConcurrentStreams(),
        "maxFrameSize", settings.maxFrameSize(),
        "initialWindowSize", settings.initialWindowSize(),
        "maxHeaderListSize", settings.maxHeaderListSize());
  }

  private static Map<String, @Nullable Object> answer(GrpcAnswer answer) {
    return object(
        "httpStatus", answer.httpStatus(),
        "contentType", answer.contentType(),
        "server", answer.server(),
        "grpcStatus", answer.grpcStatus(),
        "text", answer.text(),
        "meaning", answer.meaning());
  }

  private static double millis(Duration duration) {
    return Math.round(duration.toNanos() / 1e3) / 1e3;
  }

  private static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return object;
  }

  private static String json(@Nullable Object value) {
    if (value == null || value instanceof Boolean || value instanceof Number) {
      return String.valueOf(value);
    }
    if (value instanceof Map<?, ?> object) {
      return object.entrySet().stream()
          .map(field -> json(field.getKey()) + ":" + json(field.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (value instanceof List<?> array) {
      return array.stream().map(JsonReport::json).collect(Collectors.joining(",", "[", "]"));
    }
    return quoted(value.toString());
  }

  /** What RFC 8259, 7 wants escaped, and lone surrogates, which UTF-8 cannot carry. */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    text.codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
              } else if (c < 0x20 || c == 0x7f || (c >= 0xd800 && c <= 0xdfff)) {
                out.append(String.format("\\u%04x", c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.append('"').toString();
  }
}
