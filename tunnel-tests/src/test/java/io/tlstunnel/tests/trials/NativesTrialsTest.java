package io.tlstunnel.tests.trials;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tls.ClientCert;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rows 21 and 23: natives that do not load are told of once, and nothing fails for lack of them.
 */
@Tag("trials")
@Timeout(120)
class NativesTrialsTest {
  private static final String NO_EPOLL = "Netty's native transport cannot be used: ";
  private static final String NO_BORINGSSL = "BoringSSL (netty-tcnative) cannot be used: ";
  private static final List<String> TCNATIVE =
      List.of(
          "io.netty.tcnative.classes.openssl", "io.netty.internal.tcnative.openssl.linux.x86_64");
  private static final String DIRECTORY =
      "the directory for temporary files must be writable and not mounted with noexec; name another"
          + " one with -Dio.netty.native.workdir";

  @ParameterizedTest(
      name = "21 natives in a directory mounted with {0}: said once, NIO and the JDK")
  @CsvSource({"noexec", "ro"})
  void directoryThatIsNoGood(String option) throws Exception {
    List<String> lines =
        Unshared.run(
            "ip link set lo up\nmount -t tmpfs -o " + option + " tmpfs /mnt",
            List.of(),
            List.of(
                "-Dio.netty.native.workdir=/mnt", "-Dio.netty.machineId=00:00:00:00:00:00:00:01"),
            Main.class);
    assertThat(lines.stream().filter(line -> line.contains(NO_EPOLL)))
        .singleElement()
        .asString()
        .contains(DIRECTORY)
        .endsWith(
            "; using NIO, with which deadPeerTimeout does not notice a remote that is gone while"
                + " data is unacknowledged");
    assertThat(lines.stream().filter(line -> line.contains(NO_BORINGSSL)))
        .singleElement()
        .asString()
        .contains(DIRECTORY)
        .endsWith("; using the JDK's TLS, which costs more CPU");
    assertThat(lines.stream().filter(line -> line.contains("WARN"))).hasSize(2);
    assertThat(lines).contains("started", "closed, threads: 0");
    assertThat(lines).noneMatch(line -> line.contains("Exception"));
  }

  @Test
  @DisplayName("21 a native transport that is switched off is no fault")
  void whatIsSwitchedOffIsNoFault() throws Exception {
    List<String> lines =
        Unshared.run(
            "ip link set lo up",
            List.of(),
            List.of(
                "-Dio.netty.transport.noNative=true",
                "-Dio.netty.machineId=00:00:00:00:00:00:00:01"),
            Main.class);
    assertThat(lines).containsExactly("started", "closed, threads: 0");
  }

  @Test
  @DisplayName("23 an image without jdk.crypto.ec: no fault of the key's")
  void imageWithoutEllipticCurves() throws Exception {
    TestCert client = TestCa.create().client("CN=tunnel");
    List<String> lines =
        Unshared.run(
            "ip link set lo up",
            List.of(),
            List.of(
                "--limit-modules",
                "java.base,java.logging,java.management,java.naming,java.xml,jdk.unsupported",
                "-Dchain=" + client.chainFile(),
                "-Dkey=" + client.keyFile()),
            KeyReader.class);
    // Since JDK 22 the module is empty, and java.base has the curves.
    assertThat(lines)
        .singleElement()
        .asString()
        .contains(Runtime.version().feature() < 22 ? "jdk.crypto.ec" : "read");
  }

  @ParameterizedTest(name = "23 on the module path, {0}")
  @CsvSource({"tcnative is not resolved: said once", "tcnative is asked for: BoringSSL"})
  void modulePath(String what) throws Exception {
    boolean asked = what.startsWith("tcnative is asked");
    List<String> lines = onTheModulePath(asked ? TCNATIVE : List.of());
    assertThat(lines).contains("started", "closed, threads: 0");
    assertThat(lines.stream().filter(line -> line.contains("BoringSSL")).toList())
        .hasSize(asked ? 0 : 1)
        .allMatch(
            line ->
                line.contains(
                    NO_BORINGSSL
                        + "its modules are not resolved (add --add-modules with"
                        + " io.netty.tcnative.classes.openssl and the module of the native jar,"
                        + " such as io.netty.internal.tcnative.openssl.linux.x86_64, to java; an"
                        + " image of jlink needs them too, and the option when the image is"
                        + " run)"));
  }

  private static List<String> onTheModulePath(List<String> more) throws Exception {
    String tests =
        NativesTrialsTest.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    String modules =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(NativesTrialsTest::isOnTheModulePath)
            .collect(Collectors.joining(File.pathSeparator));
    List<String> roots = new ArrayList<>(List.of("io.tlstunnel.core", "ch.qos.logback.classic"));
    roots.addAll(more);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dio.netty.transport.noNative=true",
                "-p",
                modules,
                "--add-modules",
                String.join(",", roots),
                "-cp",
                tests,
                Main.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output.lines().toList();
  }

  private static boolean isOnTheModulePath(String entry) {
    String name = Path.of(entry).getFileName().toString();
    boolean core = entry.contains("tunnel-core");
    boolean netty =
        name.startsWith("netty-")
            && List.of("http3", "quic", "mqtt", "pkitesting").stream().noneMatch(name::contains);
    return core
        || netty
        || List.of("slf4j-api", "jspecify", "logback").stream().anyMatch(name::startsWith);
  }

  /** The process: reads a key. */
  static final class KeyReader {
    private KeyReader() {}

    public static void main(String[] args) {
      try {
        ClientCert.pem(Path.of(System.getProperty("chain")), Path.of(System.getProperty("key")));
        System.out.println("read");
      } catch (IllegalArgumentException refused) {
        System.out.println(refused.getMessage());
      }
    }
  }

  /** The process: starts two tunnels, one after the other. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws InterruptedException {
      for (int i = 0; i < 2; i++) {
        TlsTunnel tunnel = TlsTunnel.builder().upstream("127.0.0.1", 9).start();
        if (i == 0) {
          System.out.println("started");
        }
        tunnel.close();
      }
      long threads = 0;
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().startsWith("tlstunnel")) {
          thread.join(20_000);
          threads += thread.isAlive() ? 1 : 0;
        }
      }
      System.out.println("closed, threads: " + threads);
    }
  }
}
