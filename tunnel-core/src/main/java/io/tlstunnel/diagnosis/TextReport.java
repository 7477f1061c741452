package io.tlstunnel.diagnosis;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A diagnosis as lines of text: one per step, then the failure. */
final class TextReport {
  /** A certificate may carry thousands of names; a line need not. */
  private static final int MAX_NAMES = 5;

  private final RouteDiagnosis found;

  private TextReport(RouteDiagnosis found) {
    this.found = found;
  }

  static String of(RouteDiagnosis found) {
    return new TextReport(found).text();
  }

  private String text() {
    StringBuilder text = new StringBuilder("route to ").append(found.remote());
    if (!found.remote().startsWith(found.serverName() + ":")) {
      text.append(" as ").append(found.serverName());
    }
    Step failed = found.failedAt();
    text.append(failed == null ? ": stands, after " : ": fails at " + failed.label() + ", after ")
        .append(millis(found.took()));
    for (StepResult result : found.steps()) {
      text.append(line(result));
    }
    for (PresentedCertificate issuer : found.chain().stream().skip(1).toList()) {
      text.append("\n  presented too: ").append(certificate(issuer));
    }
    if (found.failure() != null) {
      text.append("\n  ").append(found.failure().message());
    }
    return text.toString();
  }

  private String line(StepResult result) {
    boolean timed = !result.took().isZero();
    String line =
        String.format(
            Locale.ROOT,
            "%n  %-6s  %-18s  %9s  %s",
            switch (result.outcome()) {
              case OK -> "ok";
              case FAILED -> "FAILED";
              case NOT_REACHED -> "-";
            },
            result.step().label(),
            timed ? millis(result.took()) : "",
            detail(result));
    return line.replace("\r", "").stripTrailing();
  }

  private String detail(StepResult result) {
    return switch (result.step()) {
      case RESOLVE ->
          found.addresses().stream().map(TriedAddress::address).collect(Collectors.joining(", "));
      case CONNECT ->
          found.addresses().stream().map(TextReport::tried).collect(Collectors.joining("; "));
      case TLS -> found.tls() == null ? "" : tls(found.tls());
      case SERVER_CERTIFICATE -> found.chain().isEmpty() ? "" : certificate(found.chain().get(0));
      case CLIENT_CERTIFICATE -> clientCertificate(result.outcome());
      case ALPN -> alpn(result.outcome());
      case SETTINGS -> found.settings() == null ? "" : settings(found.settings());
      case GRPC -> found.answer() == null ? "" : answer(found.answer());
    };
  }

  private static String tried(TriedAddress address) {
    return switch (address.outcome()) {
      case OK -> address.address();
      case FAILED -> address.address() + " " + address.cause();
      case NOT_REACHED -> address.address() + " not tried";
    };
  }

  private static String tls(TlsParameters tls) {
    return tls.version() + ", " + tls.cipher() + ", by " + tls.library();
  }

  private static String certificate(PresentedCertificate certificate) {
    String validity =
        certificate.daysLeft() < 0
            ? "expired on " + certificate.notAfter()
            : "until " + certificate.notAfter() + " (" + certificate.daysLeft() + " days left)";
    return certificate.subject()
        + (certificate.names().isEmpty() ? "" : " for " + shortened(certificate.names()))
        + ", by "
        + certificate.issuer()
        + ", "
        + validity;
  }

  private static String shortened(List<String> names) {
    int more = names.size() - MAX_NAMES;
    return more > 0
        ? String.join(", ", names.subList(0, MAX_NAMES)) + " and " + more + " more"
        : String.join(", ", names);
  }

  private String clientCertificate(Outcome outcome) {
    ClientIdentity ours = found.clientIdentity();
    if (outcome == Outcome.NOT_REACHED) {
      return "";
    }
    if (ours.subject() == null) {
      return outcome == Outcome.OK
          ? "none configured, none required"
          : "none configured" + whenRefused(ours);
    }
    String who = ours.subject() + ", until " + ours.notAfter();
    if (outcome == Outcome.FAILED) {
      return who + whenRefused(ours);
    }
    if (!ours.shown()) {
      return who + "; the remote did not ask for it";
    }
    // An ingress verifies it only when a request has come.
    return who + (found.answer() == null ? "; sent" : "; accepted");
  }

  private String whenRefused(ClientIdentity ours) {
    if (found.answer() != null) {
      return "; refused only by the answer to the call";
    }
    return ours.refusedAfterHandshake()
        ? "; refused only after the handshake, as TLS 1.3 has it"
        : "; refused in the handshake";
  }

  private String alpn(Outcome outcome) {
    String offered = "offered " + String.join(", ", found.alpnOffered());
    return switch (outcome) {
      case OK -> offered + "; chosen " + found.alpnChosen();
      case FAILED ->
          offered
              + (found.alpnChosen() == null ? "; none chosen" : "; chosen " + found.alpnChosen());
      case NOT_REACHED -> "";
    };
  }

  private static String settings(RemoteSettings settings) {
    return "streams at a time "
        + orUnlimited(settings.maxConcurrentStreams())
        + ", frame "
        + settings.maxFrameSize()
        + ", window "
        + settings.initialWindowSize()
        + ", header list "
        + orUnlimited(settings.maxHeaderListSize());
  }

  private static String orUnlimited(@Nullable Long limit) {
    return limit == null || limit >= Integer.MAX_VALUE ? "unlimited" : limit.toString();
  }

  private static String answer(GrpcAnswer answer) {
    String server = answer.server() == null ? "" : " from " + answer.server();
    String said = answer.text().isEmpty() ? "" : " '" + answer.text() + "'";
    return status(answer) + server + said + ": " + answer.meaning();
  }

  private static String status(GrpcAnswer answer) {
    if (answer.grpcStatus() != null) {
      return "grpc-status " + answer.grpcStatus();
    }
    return answer.httpStatus() == 0 ? "no response" : "HTTP " + answer.httpStatus();
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }
}
