package io.tlstunnel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.testpeer.Frame;
import io.tlstunnel.testpeer.Peer;
import io.tlstunnel.testpeer.RawClient;
import io.tlstunnel.testpeer.RawRemote;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.Pem;
import io.tlstunnel.testpki.TestCa;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ensures that a JVM which is told to end (SIGTERM) lets the requests under way finish first. */
@Timeout(60)
class DrainOnShutdownTest {
  private static final int EXIT_SIGTERM = 143;

  private final TestCa ca = TestCa.create("Shutdown CA");
  private RawRemote server;
  private Process process;

  /** The process: one tunnel, which says its port and then lives until it is told to end. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws InterruptedException {
      TlsTunnel tunnel =
          TlsTunnel.builder()
              .upstream("127.0.0.1", Integer.parseInt(args[0]))
              .sni(RawRemote.NAME)
              .trust(Path.of(args[1]))
              .clientCert(Path.of(args[2]), Path.of(args[3]))
              .drainOnShutdown(Duration.ofSeconds(20))
              .start();
      System.out.println(tunnel.port());
      Thread.currentThread().join();
    }
  }

  @BeforeEach
  void startProcess(@TempDir Path folder) throws IOException {
    server = new RawRemote(ca);
    Issued client = ca.client("shutdown");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                Integer.toString(server.port()),
                Pem.write(folder.resolve("ca.pem"), Pem.certificates(ca.certificates())).toString(),
                Pem.write(folder.resolve("tls.crt"), Pem.certificates(client.chain())).toString(),
                Pem.write(folder.resolve("tls.key"), Pem.pkcs8(client.key())).toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
  }

  @AfterEach
  void endProcess() {
    process.destroyForcibly();
    server.close();
  }

  @Test
  void requestUnderWayIsFinishedBeforeTheProcessEnds() throws Exception {
    RawClient client = RawClient.connect(port());
    Peer remote = server.accept();
    remote.expect(Frame.settings());
    remote.send(Frame.settings(), Frame.settingsAck());
    client.expectUnlimited();
    client.expect(Frame.settings());
    client.send(Frame.settingsAck(), client.grpcRequest(1, Frame.END_STREAM));
    remote.expect(Frame.settingsAck());
    remote.readBlock();

    process.destroy(); // SIGTERM

    assertThat(client.read(Frame.GOAWAY).number(0)).isEqualTo(Integer.MAX_VALUE);
    Frame ping = client.read(Frame.PING);
    client.send(Frame.of(Frame.PING, Frame.ACK, 0, ping.payload()));
    assertThat(client.read(Frame.GOAWAY).number(0)).isEqualTo(1);
    assertThat(process.isAlive()).isTrue();
    remote.send(remote.headers(1, Frame.END_STREAM, ":status: 200", "grpc-status: 0"));
    assertThat(client.readBlock().field("grpc-status")).isEqualTo("0");
    client.read(Frame.GOAWAY);
    client.close();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(EXIT_SIGTERM);
    remote.reset();
  }

  private int port() throws IOException {
    BufferedReader lines = process.inputReader();
    return Integer.parseInt(lines.readLine());
  }
}
