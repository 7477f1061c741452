package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelEvent.RouteFailed;
import io.tlstunnel.event.TunnelEvent.RouteLost;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.junit.ByteMethods;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A tunnel with a grpc-java client in front, and all that it told. */
final class TunnelUnderTest implements AutoCloseable {
  private static final MethodDescriptor<byte[], byte[]> ECHO = ByteMethods.unary("tls.Echo/Say");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Queue<TunnelEvent> events = new ConcurrentLinkedQueue<>();
  private final TlsTunnel tunnel;
  private final ManagedChannel channel;

  TunnelUnderTest(TlsTunnelBuilder settings) {
    tunnel = settings.listen(0).listener(events::add).start();
    channel = Grpc.newChannelBuilder(tunnel.target(), InsecureChannelCredentials.create()).build();
  }

  /** The service that {@link #call} calls. */
  static ServerServiceDefinition echo() {
    return ServerServiceDefinition.builder("tls.Echo")
        .addMethod(
            ECHO,
            ServerCalls.asyncUnaryCall(
                (request, response) -> {
                  response.onNext(request);
                  response.onCompleted();
                }))
        .build();
  }

  /** What a client is told of one call. */
  Status call() {
    try {
      byte[] sent = {1, 2, 3};
      byte[] reply =
          ClientCalls.blockingUnaryCall(
              channel,
              ECHO,
              CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS),
              sent);
      assertThat(reply).isEqualTo(sent);
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  /** The next call is served; the tunnel has not been touched. */
  void serves() {
    Status status = call();
    assertThat(status.isOk()).as(status.toString()).isTrue();
  }

  /**
   * The next call is refused, and client, listener and counters are told the same thing.
   *
   * @return what they are told
   */
  TunnelFailure refuses() {
    int before = failures().size();
    Status status = call();
    assertThat(status.getCode()).as(status.toString()).isEqualTo(Status.Code.UNAVAILABLE);
    await().atMost(PATIENCE).until(() -> failures().size() > before);
    TunnelFailure failure = failures().get(before);
    // If the route fails before the call has arrived, GOAWAY says why, and grpc-java tries once
    // more on a new connection before it passes that on.
    assertThat(status.getDescription()).endsWith(failure.message());
    assertThat(failure.mayHaveReachedRemote()).isFalse();
    await()
        .atMost(PATIENCE)
        .until(
            () -> tunnel.stats().routesFailed() + tunnel.stats().routesLost() == failures().size());
    return failure;
  }

  TlsTunnel tunnel() {
    return tunnel;
  }

  Queue<TunnelEvent> events() {
    return events;
  }

  /** The next call takes a new connection. */
  void disconnect() {
    channel.enterIdle();
  }

  private List<TunnelFailure> failures() {
    List<TunnelFailure> failures = new ArrayList<>();
    for (TunnelEvent event : events) {
      if (event instanceof RouteFailed failed) {
        failures.add(failed.failure());
      } else if (event instanceof RouteLost lost) {
        failures.add(lost.failure());
      }
    }
    return failures;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    tunnel.close();
    try {
      assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
