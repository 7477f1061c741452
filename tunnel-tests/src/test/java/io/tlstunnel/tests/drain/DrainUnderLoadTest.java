package io.tlstunnel.tests.drain;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TunnelStartException;
import io.tlstunnel.TunnelState;
import io.tlstunnel.junit.TestRoute;
import io.tlstunnel.tls.ClientCert;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ensures that a tunnel which is drained and started anew loses none of a client's calls. */
@Timeout(240)
class DrainUnderLoadTest {
  private static final int CALLS = 2_000;
  private static final MethodDescriptor<byte[], byte[]> ECHO =
      MethodDescriptor.<byte[], byte[]>newBuilder(new Bytes(), new Bytes())
          .setFullMethodName("tlstunnel.Drain/Echo")
          .setType(MethodType.UNARY)
          .build();

  private final AtomicInteger served = new AtomicInteger();
  private final List<TlsTunnel> tunnels = new ArrayList<>();
  private ScheduledExecutorService clock;
  private TestRoute route;
  private ManagedChannel channel;

  @BeforeEach
  void startRoute() {
    clock = Executors.newScheduledThreadPool(2);
    route =
        TestRoute.builder()
            .service(
                ServerServiceDefinition.builder("tlstunnel.Drain")
                    .addMethod(ECHO, ServerCalls.asyncUnaryCall(this::echoLater))
                    .build())
            .start();
    tunnels.add(start(0));
    channel =
        Grpc.newChannelBuilder(tunnels.get(0).target(), InsecureChannelCredentials.create())
            .build();
  }

  @AfterEach
  void closeRoute() {
    channel.shutdownNow();
    tunnels.forEach(TlsTunnel::close);
    route.close();
    clock.shutdownNow();
  }

  @Test
  void aThousandCallsASecondSurviveADrainAndAFreshStartOnTheSamePort() throws Exception {
    TlsTunnel first = tunnels.get(0);
    int port = first.port();
    Queue<Status> failures = new ConcurrentLinkedQueue<>();
    CountDownLatch done = new CountDownLatch(CALLS);
    AtomicInteger begun = new AtomicInteger();
    CompletableFuture<Void> quarter = new CompletableFuture<>();
    clock.scheduleAtFixedRate(
        () -> {
          int call = begun.incrementAndGet();
          if (call == CALLS / 4) {
            quarter.complete(null);
          }
          if (call <= CALLS) {
            call(failures, done);
          }
        },
        0,
        1,
        TimeUnit.MILLISECONDS);
    quarter.get(90, TimeUnit.SECONDS);

    CompletableFuture<Void> drained =
        CompletableFuture.runAsync(() -> first.close(Duration.ofSeconds(10)));
    while (first.state() == TunnelState.RUNNING) {
      Thread.onSpinWait();
    }
    tunnels.add(startWhenFree(port));
    drained.get(60, TimeUnit.SECONDS);

    assertThat(done.await(90, TimeUnit.SECONDS)).as("every call ends").isTrue();
    assertThat(failures).isEmpty();
    assertThat(served).as("no call is lost, and none is served twice").hasValue(CALLS);
    assertThat(first.stats().requestsAnswered()).isZero();
    assertThat(tunnels.get(1).stats().connectionsAccepted()).isPositive();
  }

  private void call(Queue<Status> failures, CountDownLatch done) {
    ClientCalls.asyncUnaryCall(
        channel.newCall(ECHO, CallOptions.DEFAULT.withWaitForReady()),
        new byte[100],
        new StreamObserver<byte[]>() {
          @Override
          public void onNext(byte[] response) {}

          @Override
          public void onError(Throwable thrown) {
            failures.add(Status.fromThrowable(thrown));
            done.countDown();
          }

          @Override
          public void onCompleted() {
            done.countDown();
          }
        });
  }

  /** Answers after a while, so that calls are under way at every moment. */
  private void echoLater(byte[] request, StreamObserver<byte[]> response) {
    served.incrementAndGet();
    clock.schedule(
        () -> {
          response.onNext(request);
          response.onCompleted();
        },
        20,
        TimeUnit.MILLISECONDS);
  }

  private TlsTunnel start(int port) {
    return TlsTunnel.builder()
        .listen(port)
        .upstream("127.0.0.1", route.backend().port())
        .sni(route.backend().serverName())
        .trust(List.of(route.ca().root()))
        .clientCert(ClientCert.of(route.clientCert().privateKey(), route.clientCert().chain()))
        .start();
  }

  /** The port is free as soon as the drain has begun, give or take the closing of a socket. */
  private TlsTunnel startWhenFree(int port) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (true) {
      try {
        return start(port);
      } catch (TunnelStartException inUse) {
        if (System.nanoTime() > deadline) {
          throw inUse;
        }
        Thread.onSpinWait();
      }
    }
  }
}
