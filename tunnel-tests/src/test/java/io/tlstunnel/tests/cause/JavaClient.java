package io.tlstunnel.tests.cause;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.tlstunnel.junit.ByteMethods;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** grpc-java: the first message is sent at once, the second when the first answer has come. */
final class JavaClient implements Client {
  @Override
  public Told call(String target, Duration deadline) throws InterruptedException {
    ManagedChannel channel =
        Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    try {
      long began = System.nanoTime();
      Responses responses = new Responses();
      var requests =
          ClientCalls.asyncBidiStreamingCall(
              channel.newCall(
                  ByteMethods.bidiStreaming("cause.Store/Series"),
                  CallOptions.DEFAULT.withDeadlineAfter(deadline.toNanos(), NANOSECONDS)),
              responses);
      requests.onNext("first".getBytes(US_ASCII));
      Status status = responses.end.orTimeout(60, SECONDS).join();
      Duration after = Duration.ofNanos(System.nanoTime() - began);
      return new Told(
          status.getCode().name(),
          String.valueOf(status.getDescription()),
          responses.messages.get(),
          after);
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(10, SECONDS);
    }
  }

  private static final class Responses implements ClientResponseObserver<byte[], byte[]> {
    final CompletableFuture<Status> end = new CompletableFuture<>();
    final AtomicInteger messages = new AtomicInteger();
    private volatile Runnable answered = () -> {};

    @Override
    public void beforeStart(ClientCallStreamObserver<byte[]> requests) {
      answered = () -> requests.onNext("second".getBytes(US_ASCII));
    }

    @Override
    public void onNext(byte[] message) {
      if (messages.incrementAndGet() == 1) {
        answered.run();
      }
    }

    @Override
    public void onError(Throwable thrown) {
      ended(Status.fromThrowable(thrown));
    }

    @Override
    public void onCompleted() {
      ended(Status.OK);
    }

    private void ended(Status status) {
      if (!end.complete(status)) {
        throw new AssertionError("a second end of one call: " + status);
      }
    }
  }
}
