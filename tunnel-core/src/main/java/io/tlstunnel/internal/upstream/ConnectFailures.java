package io.tlstunnel.internal.upstream;

import io.netty.channel.ConnectTimeoutException;
import io.netty.util.NetUtil;
import io.tlstunnel.internal.runtime.ErrorText;
import io.tlstunnel.internal.runtime.SystemError;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Why no address of the remote could be connected to. */
final class ConnectFailures {
  private record Refusal(InetAddress address, Diagnosis diagnosis) {}

  /** A name may have hundreds of addresses; a message need not. */
  private static final int MAX_TOLD = 5;

  private static final String NO_ANSWER =
      "check host and port, and that no firewall drops the packets";

  private final List<Refusal> refusals = new ArrayList<>();

  /** Notes a failure, and puts its cause into words. */
  String add(InetAddress address, Throwable thrown) {
    Diagnosis why = one(address, thrown);
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

  private static Diagnosis one(InetAddress address, Throwable thrown) {
    if (thrown instanceof ConnectTimeoutException) {
      return new Diagnosis("no answer in its share of the time", NO_ANSWER);
    }
    SystemError error = SystemError.in(thrown);
    return error == null
        ? new Diagnosis(ErrorText.of(thrown), "check the network between here and the remote")
        : told(error, address);
  }

  private static Diagnosis told(SystemError error, InetAddress address) {
    return switch (error) {
      case REFUSED ->
          new Diagnosis("connection refused", "check that the remote listens on that port");
      case RESET -> new Diagnosis("connection reset", "check that the remote listens on that port");
      case TIMED_OUT -> new Diagnosis("no answer (TCP timed out)", NO_ANSWER);
      case UNREACHABLE -> unreachable(address);
      case NO_PROTOCOL ->
          new Diagnosis(
              "rejected: that host, or a firewall in front of it, says that it has no TCP",
              "check the firewalls between here and the remote");
      case NOT_PERMITTED ->
          new Diagnosis(
              "this machine does not permit it",
              "check its firewall, its routes (prohibit) and the sandbox of this process");
      case ADDRESS_IN_USE, NO_LOCAL_ADDRESS ->
          address instanceof Inet6Address && !address.isLoopbackAddress()
              ? new Diagnosis(
                  "this machine has no IPv6 address, or no free local port left",
                  "check its IPv6, or let fewer connections come and go")
              : new Diagnosis(
                  "this machine has no free local port left", "let fewer connections come and go");
      case PROCESS_FILES ->
          new Diagnosis("this process has too many open files", "raise its limit (ulimit -n)");
      case MACHINE_FILES ->
          new Diagnosis(
              "this machine has too many open files", "raise its limit (sysctl fs.file-max)");
      case NO_MEMORY ->
          new Diagnosis(
              "this machine has no memory left for a socket",
              "check its memory, and what TCP may use of it (sysctl net.ipv4.tcp_mem)");
      case NO_ADDRESS_FAMILY ->
          new Diagnosis(
              "this machine, or this JVM, has no IPv6",
              "give the name an IPv4 address, or check IPv6 on this machine and the JVM's option"
                  + " preferIPv4Stack, which switches it off");
      case INVALID -> invalid(address);
      case NO_INTERFACE -> noInterface(NetUtil.toAddressString(address));
    };
  }

  private static Diagnosis unreachable(InetAddress address) {
    return new Diagnosis(
        "unreachable",
        address instanceof Inet6Address
            ? "check that this machine has IPv6 and a route to that address"
            : "check this machine's routes to that address, that its host is up, and that no"
                + " firewall rejects the packets");
  }

  private static Diagnosis invalid(InetAddress address) {
    return address instanceof Inet6Address && address.isLinkLocalAddress()
        ? new Diagnosis(
            "a link-local address says nothing without its link",
            "add the network interface as its zone: fe80::1%eth0")
        : new Diagnosis(
            "this machine cannot connect to that address",
            "check that it is a host's address, and this machine's routes to it (blackhole)");
  }

  /** A zone (RFC 4007, 11) that names no interface that this machine has now. */
  static Diagnosis noInterface(String address) {
    return new Diagnosis(
        "this machine has no network interface "
            + address.substring(address.indexOf('%') + 1)
            + ", or none with such an address",
        "check the zone behind the address's percent sign: ip address shows the interfaces");
  }
}
