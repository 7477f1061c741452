package io.tlstunnel.tests.faults;

import static io.tlstunnel.tests.faults.FaultRig.FIGURES;
import static io.tlstunnel.tests.faults.FaultRig.echo;
import static io.tlstunnel.tests.faults.FaultRig.recovers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.EventExecutor;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Goodbye;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.NetworkFault.Direction;
import io.tlstunnel.junit.fault.When;
import io.tlstunnel.tests.rig.Load;
import io.tlstunnel.tests.rig.TestCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Loops that stand still, clocks that jump, and all at once: rows 39, 40 and 48. */
@Tag("faults")
@Timeout(120)
class TimeFaultsTest {
  @RegisterExtension final FaultRig rig = new FaultRig();

  @Test
  @DisplayName("39 one event loop stands still for 5 s: the other serves, and no keepalive trips")
  void loopStandsStill() {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    rig.closeAfterwards(
        () -> loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10_000));
    Methods methods = rig.methods();
    GrpcBackend backend =
        rig.backend(
            b ->
                b.service(methods)
                    .server(server -> server.permitKeepAliveTime(1, TimeUnit.MILLISECONDS)));
    TlsTunnel tunnel =
        rig.tunnel(
            backend.port(),
            b -> b.eventLoopGroup(loops).keepAlive(Duration.ofMillis(400), Duration.ofSeconds(3)));
    List<ManagedChannel> channels =
        Stream.generate(() -> rig.channel(tunnel)).limit(4).peek(FaultRig::recovers).toList();
    List<TestCall> open =
        channels.stream()
            .map(c -> TestCall.of(c, Methods.HANG, CallOptions.DEFAULT, new byte[1]))
            .toList();
    EventExecutor stalled = loops.iterator().next();
    CountDownLatch goOn = new CountDownLatch(1);
    stalled.execute(
        () -> {
          try {
            goOn.await(30, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    List<TestCall> calls = channels.stream().map(FaultRig::echo).toList();
    await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
    long served = calls.stream().filter(call -> call.ended().isDone()).count();
    assertThat(served).as("calls on the loop that runs, and on the other").isBetween(1L, 3L);
    goOn.countDown();
    assertThat(calls).allSatisfy(call -> assertThat(call.status().isOk()).isTrue());
    channels.forEach(FaultRig::recovers);
    assertThat(open.stream().filter(call -> call.ended().isDone()).map(TestCall::status).toList())
        .isEmpty();
    assertThat(backend.connections()).hasSize(4);
    assertThat(tunnel.stats().routesLost()).isZero();
  }

  /** Every timeout is by System.nanoTime: a class that asks the wall clock names one of these. */
  @Test
  @DisplayName("40 the wall clock jumps: no time limit is by it, only certificates are")
  void wallClockJumps() throws Exception {
    CodeSource source =
        Objects.requireNonNull(TlsTunnel.class.getProtectionDomain().getCodeSource());
    Path code = Path.of(source.getLocation().toURI());
    List<String> asking;
    if (Files.isDirectory(code)) {
      asking = readingWallClock(code.resolve("io/tlstunnel"));
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(code)) {
        asking = readingWallClock(jar.getPath("/io/tlstunnel"));
      }
    }
    assertThat(asking)
        .as("classes that ask the wall clock are those that judge certificates")
        .isNotEmpty()
        .allMatch(name -> name.matches("(tls|internal/upstream|internal/probe)/.*"));
  }

  @Test
  @DisplayName("48 resets, goodbyes, cuts and a new tunnel, by a seed, under load: all explained")
  void everythingAtOnce() throws Exception {
    GrpcBackend backend = rig.backend();
    TlsTunnel tunnel = rig.tunnel(backend.port(), b -> b.maxConnectionAge(Duration.ofMillis(700)));
    backend.inject(Http2Fault.refusedStream(), When.share(0.01, 481));
    backend.inject(
        Http2Fault.reset(Http2Code.INTERNAL_ERROR, Moment.AFTER_HEADERS), When.share(0.01, 482));
    backend.inject(Http2Fault.goAway(Goodbye.TWO_STEP, Http2Code.NO_ERROR), When.share(0.002, 483));
    backend.inject(Http2Fault.goAway(Goodbye.ABRUPT, Http2Code.NO_ERROR), When.share(0.001, 484));
    backend.inject(NetworkFault.resetAfter(Direction.RESPONSE, 20_000), When.share(0.3, 485));
    ManagedChannel channel = rig.channel(tunnel);
    Load load =
        rig.closeAfterwards(
            Load.start(channel, Methods.SLOW_ECHO, CallOptions.DEFAULT.withWaitForReady(), 5_000));
    List<Status> failures = load.failures();
    load.assertSeenOnce(rig.seen());
    assertThat(failures)
        .allSatisfy(
            status -> {
              assertThat(status.getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.INTERNAL);
              assertThat(status.getDescription()).isNotEmpty();
            });
    FIGURES.row(48, "unexplained", 0, "of 5000 calls");
    FIGURES.row(48, "failures", failures.size(), "of 5000 calls");
    backend.clearFaults();
    await().atMost(Script.PATIENCE).until(() -> echo(channel).status().isOk());
    FIGURES.row(48, "recovery", recovers(channel));
  }

  private static List<String> readingWallClock(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .filter(file -> readsWallClock(read(file)))
          .map(file -> root.relativize(file).toString())
          .toList();
    }
  }

  private static boolean readsWallClock(byte[] file) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    return text.contains("currentTimeMillis")
        || text.contains("java/time/Clock")
        || text.contains("java/util/Date")
        || (text.contains("java/time/Instant") && text.contains("now"));
  }

  private static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
