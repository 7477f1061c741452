package io.tlstunnel.internal.upstream;

import io.netty.channel.ConnectTimeoutException;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Why no address of the remote could be connected to. */
final class ConnectFailures {
  private record Refusal(InetAddress address, Diagnosis diagnosis) {}

  /** A name may have hundreds of addresses; a message need not. */
  private static final int MAX_TOLD = 5;

  private final List<Refusal> refusals = new ArrayList<>();

  /** Notes a failure, and puts its cause into words. */
  String add(InetAddress address, Throwable thrown) {
    Diagnosis why = one(thrown);
    refusals.add(new Refusal(address, why));
    return why.cause();
  }

  boolean several() {
    return refusals.size() > 1;
  }

  /** The one failure, or all of them with their addresses; the remedy is the last one's. */
  Diagnosis diagnosis() {
    Diagnosis last = refusals.get(refusals.size() - 1).diagnosis;
    if (!several()) {
      return last;
    }
    String some =
        refusals.stream()
            .limit(MAX_TOLD)
            .map(r -> NetUtil.toAddressString(r.address) + " " + r.diagnosis.cause())
            .collect(Collectors.joining(", "));
    int more = refusals.size() - MAX_TOLD;
    return new Diagnosis(
        "none of its "
            + refusals.size()
            + " addresses: "
            + some
            + (more > 0 ? " and " + more + " more" : ""),
        last.remedy());
  }

  static Diagnosis unresolved(@Nullable Throwable thrown) {
    Throwable cause = thrown == null || thrown.getCause() == null ? thrown : thrown.getCause();
    if (cause instanceof UnknownHostException) {
      return new Diagnosis(
          "no address is known for this name", "check the host's spelling and the name service");
    }
    return new Diagnosis("the resolver failed: " + cause, "check the name service of this machine");
  }

  private static Diagnosis one(Throwable thrown) {
    if (thrown instanceof ConnectTimeoutException) {
      return new Diagnosis(
          "no answer in its share of the time",
          "check host and port, and that no firewall drops the packets");
    }
    String text = String.valueOf(thrown.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("refused")) {
      return new Diagnosis("connection refused", "check that the remote listens on that port");
    }
    if (text.contains("unreachable") || text.contains("no route")) {
      return new Diagnosis("unreachable", "check this machine's routes to that address");
    }
    if (text.contains("too many open files")) {
      return new Diagnosis("this process has too many open files", "raise its limit (ulimit -n)");
    }
    if (text.contains("assign requested address")) {
      return new Diagnosis(
          "this machine has no free local port left", "let fewer connections come and go");
    }
    return new Diagnosis(
        thrown.getMessage() == null ? thrown.toString() : thrown.getMessage(),
        "check the network between here and the remote");
  }
}
