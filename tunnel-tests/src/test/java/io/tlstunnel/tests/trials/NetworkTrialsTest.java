package io.tlstunnel.tests.trials;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows 13 and 14: what a network and a name service may answer, and what a person is told of it, on
 * each transport. A JVM in a network of its own asks for every one of them.
 */
@Tag("trials")
@Timeout(180)
class NetworkTrialsTest {
  private static final String ROUTES =
      " failed: unreachable (check this machine's routes to that address, that its host is up, and"
          + " that no firewall rejects the packets)";
  private static final String REFUSED =
      " failed: connection refused (check that the remote listens on that port)";
  private static final String IPV6 =
      " failed: unreachable (check that this machine has IPv6 and a route to that address)";
  private static final String NO_VERDICT =
      " failed: the name service failed or did not answer (check the name service of this machine"
          + " (resolv.conf) and the network to it; the name may be right)";

  /** One target, and what it is about. */
  private record Trial(int row, String what, String target, String told) {}

  private static final List<Trial> TRIALS =
      List.of(
          new Trial(13, "nobody listens", "127.0.0.1:9000", REFUSED),
          new Trial(13, "REJECT icmp-net-unreachable", "127.0.0.1:9001", ROUTES),
          new Trial(13, "REJECT icmp-host-unreachable", "127.0.0.1:9002", ROUTES),
          new Trial(13, "REJECT icmp-port-unreachable", "127.0.0.1:9003", REFUSED),
          new Trial(
              13,
              "REJECT icmp-proto-unreachable",
              "127.0.0.1:9004",
              " failed: rejected: that host, or a firewall in front of it, says that it has no TCP"
                  + " (check the firewalls between here and the remote)"),
          new Trial(13, "REJECT icmp-net-prohibited", "127.0.0.1:9005", ROUTES),
          new Trial(13, "REJECT icmp-host-prohibited", "127.0.0.1:9006", ROUTES),
          new Trial(13, "REJECT icmp-admin-prohibited", "127.0.0.1:9007", ROUTES),
          new Trial(13, "REJECT tcp-reset", "127.0.0.1:9008", REFUSED),
          new Trial(13, "no route", "10.99.0.1:443", ROUTES),
          new Trial(13, "an unreachable route", "10.98.0.1:443", ROUTES),
          new Trial(
              13,
              "a prohibited route",
              "10.98.0.2:443",
              " failed: this machine does not permit it (check its firewall, its routes (prohibit)"
                  + " and the sandbox of this process)"),
          new Trial(
              13,
              "a blackhole route",
              "10.98.0.3:443",
              " failed: this machine cannot connect to that address (check that it is a host's"
                  + " address, and this machine's routes to it (blackhole))"),
          new Trial(13, "IPv6 without a route", "[2001:db8::1]:443", IPV6),
          new Trial(
              13,
              "a link-local address without its zone",
              "[fe80::1]:443",
              " failed: a link-local address says nothing without its link (add the network"
                  + " interface as its zone: fe80::1%eth0)"),
          new Trial(
              13,
              "a zone of a missing interface",
              "[fe80::1%nosuch0]:443",
              " failed: this machine has no network interface nosuch0, or none with such an"
                  + " address (check the zone behind the address's percent sign: ip address shows"
                  + " the interfaces)"),
          new Trial(13, "the zone of a missing number", "[fe80::1%99]:443", IPV6),
          new Trial(14, "SERVFAIL", "servfail.example:443", NO_VERDICT),
          new Trial(14, "REFUSED", "refused.example:443", NO_VERDICT),
          new Trial(14, "no answer", "silent.example:443", NO_VERDICT),
          new Trial(
              14,
              "NXDOMAIN",
              "nxdomain.example:443",
              " failed: the name service knows no such name (check the host's spelling, and which"
                  + " names this machine's name service knows)"),
          new Trial(
              14,
              "a name without addresses",
              "nodata.example:443",
              " failed: the name exists and has no address (check the name's A and AAAA"
                  + " records)"),
          new Trial(
              13,
              "no local port is left",
              "127.0.0.1:9009",
              " failed: this machine has no free local port left (let fewer connections come and"
                  + " go)"),
          new Trial(
              13,
              "no file descriptor is left",
              "127.0.0.1:9010",
              " failed: this process has too many open files (raise its limit (ulimit -n))"));

  private static final String PREPARATION =
      """
      ip link set lo up
      n=9001
      for kind in icmp-net-unreachable icmp-host-unreachable icmp-port-unreachable \\
          icmp-proto-unreachable icmp-net-prohibited icmp-host-prohibited icmp-admin-prohibited \\
          tcp-reset; do
        iptables -A INPUT -p tcp --dport $n -j REJECT --reject-with $kind
        n=$((n + 1))
      done
      ip route add unreachable 10.98.0.1
      ip route add prohibit 10.98.0.2
      ip route add blackhole 10.98.0.3
      names=$(mktemp)
      printf 'nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n' > $names
      mount --bind $names /etc/resolv.conf
      rm $names
      """;

  private static final List<String> FEW_FILES = List.of("prlimit", "--nofile=300");

  private static final Map<String, Map<String, String>> TOLD = new TreeMap<>();

  static Stream<Arguments> trials() {
    return Stream.of("nio", "epoll")
        .flatMap(
            transport ->
                TRIALS.stream()
                    .map(
                        trial ->
                            Arguments.of(
                                trial.row + " " + transport + ", " + trial.what,
                                transport,
                                trial)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("trials")
  void isToldAsWhatItIs(String name, String transport, Trial trial) throws Exception {
    String told = told(transport).get(trial.target);
    assertThat(told).isNotNull().endsWith(trial.target + trial.told);
    assertThat(told).startsWith(trial.row == 13 ? "TCP connect to " : "name resolution of ");
  }

  @ParameterizedTest(
      name = "14 {0}, asked again: the JVM has forgotten why, and the tunnel has not")
  @MethodSource("transports")
  void secondAnswerIsTheFirstOne(String transport) throws Exception {
    assertThat(told(transport).get("again servfail.example:443"))
        .isEqualTo(told(transport).get("servfail.example:443"));
  }

  static Stream<String> transports() {
    return Stream.of("nio", "epoll");
  }

  private static Map<String, String> told(String transport) throws Exception {
    Map<String, String> known = TOLD.get(transport);
    if (known == null) {
      known = new TreeMap<>();
      TOLD.put(transport, known);
      List<String> options =
          List.of(
              "-Dio.netty.transport.noNative=" + transport.equals("nio"),
              // Made up by Netty, with a warning, where no interface has an address.
              "-Dio.netty.machineId=00:00:00:00:00:00:00:01");
      for (String line : Unshared.run(PREPARATION, FEW_FILES, options, Main.class)) {
        String[] parts = line.split(" => ", 2);
        assertThat(parts).as("the log stays silent").hasSize(2);
        known.put(parts[0], parts[1]);
      }
    }
    return known;
  }

  /** The process: prints what the diagnosis says of each target. */
  static final class Main {
    private static final List<AutoCloseable> KEPT = new ArrayList<>();

    private Main() {}

    public static void main(String[] args) throws Exception {
      // Its event loops stay, and with them their file descriptors.
      TlsTunnel tunnel = TlsTunnel.builder().upstream("127.0.0.1", 9000).start();
      NameServer names = new NameServer();
      try (tunnel;
          names) {
        for (Trial trial : TRIALS) {
          switch (trial.target) {
            case "127.0.0.1:9009" -> leaveNoPort();
            case "127.0.0.1:9010" -> {
              print("again servfail.example:443", "servfail.example:443");
              leaveNoFile();
            }
            default -> {}
          }
          print(trial.target, trial.target);
        }
        for (AutoCloseable kept : KEPT) {
          kept.close();
        }
      }
    }

    private static void print(String name, String target) {
      int colon = target.lastIndexOf(':');
      RouteDiagnosis found =
          TlsTunnel.builder()
              .upstream(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)))
              .connectTimeout(Duration.ofSeconds(20))
              .diagnose();
      System.out.println(
          name + " => " + (found.failure() == null ? found : found.failure().message()));
    }

    /** Restricts this network to one local port, and takes that. */
    private static void leaveNoPort() throws IOException {
      Files.writeString(Path.of("/proc/sys/net/ipv4/ip_local_port_range"), "40000 40000");
      ServerSocket server = new ServerSocket(9009, 1, InetAddress.getLoopbackAddress());
      KEPT.add(server);
      KEPT.add(new Socket(server.getInetAddress(), server.getLocalPort()));
    }

    /** Takes all file descriptors, once no class is left to be read from a file. */
    private static void leaveNoFile() throws Exception {
      Path classes =
          Path.of(TlsTunnel.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(classes)) {
        try (Stream<Path> files = Files.walk(classes)) {
          for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
            String name = classes.relativize(file).toString().replace('/', '.');
            if (!name.equals("module-info.class")) {
              Class.forName(name.substring(0, name.length() - ".class".length()));
            }
          }
        }
      }
      // Channels of the diagnoses before may still be closing: each gives one back.
      long quiet = TimeUnit.MILLISECONDS.toNanos(500);
      for (long taken = System.nanoTime(); System.nanoTime() - taken < quiet; ) {
        if (takeFile()) {
          taken = System.nanoTime();
        }
      }
    }

    private static boolean takeFile() {
      try {
        KEPT.add(new FileInputStream("/dev/null"));
        return true;
      } catch (FileNotFoundException noneLeft) {
        return false;
      }
    }
  }

  /** Answers by the name's first label. */
  private static final class NameServer implements AutoCloseable {
    private static final Map<String, Integer> CODES =
        Map.of("nodata", 0, "servfail", 2, "nxdomain", 3, "refused", 5);

    private final DatagramSocket socket;

    NameServer() throws IOException {
      socket = new DatagramSocket(53, InetAddress.getLoopbackAddress());
      Thread thread = new Thread(this::answer, "name server");
      thread.setDaemon(true);
      thread.start();
    }

    private void answer() {
      try {
        while (true) {
          DatagramPacket packet = new DatagramPacket(new byte[1_500], 1_500);
          socket.receive(packet);
          byte[] bytes = packet.getData();
          Integer code = CODES.get(new String(bytes, 13, bytes[12], US_ASCII));
          if (code != null) {
            answer(packet, code);
          }
        }
      } catch (IOException closed) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(closed);
        }
      }
    }

    /** The question with the bits of an answer (RFC 1035, 4.1.1), cut behind the question. */
    private void answer(DatagramPacket packet, int code) throws IOException {
      byte[] bytes = packet.getData();
      bytes[2] = (byte) 0x81;
      bytes[3] = (byte) (0x80 | code);
      int end = 12;
      while (bytes[end] != 0) {
        end += bytes[end] + 1;
      }
      // No other records than the question, of which type and class follow the name.
      for (int i = 6; i < 12; i++) {
        bytes[i] = 0;
      }
      packet.setLength(end + 5);
      socket.send(packet);
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
