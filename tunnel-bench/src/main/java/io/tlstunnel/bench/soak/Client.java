package io.tlstunnel.bench.soak;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Calls of all kinds, one after the other on one channel, by chance. */
final class Client implements Runnable {
  /** No call is expected to take as long: one that does is a hang. */
  private static final int DEADLINE_SECONDS = 20;

  private static final int STREAMED_MESSAGES = 20;
  private static final int CHAT_MESSAGES = 8;
  private static final AtomicLong IDS = new AtomicLong();

  private final ManagedChannel channel;
  private final Random random;
  private final BooleanSupplier goesOn;
  private final Consumer<CallResult> results;

  Client(ManagedChannel channel, long seed, BooleanSupplier goesOn, Consumer<CallResult> results) {
    this.channel = channel;
    this.random = new Random(seed);
    this.goesOn = goesOn;
    this.results = results;
  }

  static ManagedChannel channel(String target) {
    return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
  }

  @Override
  public void run() {
    while (goesOn.getAsBoolean()) {
      CallKind[] kinds = CallKind.values();
      results.accept(call(kinds[random.nextInt(kinds.length)]));
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5 + random.nextInt(20)));
    }
  }

  private CallResult call(CallKind kind) {
    long began = System.nanoTime();
    try {
      OneCall call = new OneCall(kind);
      Status status = call.make();
      return new CallResult(kind, began, System.nanoTime(), status, call.problem(status));
    } catch (RuntimeException thrown) {
      return new CallResult(
          kind, began, System.nanoTime(), Status.fromThrowable(thrown), "thrown: " + thrown);
    }
  }

  /** Sends what its kind has to send, and checks what comes. */
  private final class OneCall extends ClientCall.Listener<byte[]> {
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private final CallKind kind;
    private final byte[] request;
    private final ClientCall<byte[], byte[]> call;
    private int received;
    private String wrong = "";

    OneCall(CallKind kind) {
      this.kind = kind;
      int messages = kind == CallKind.STREAM ? STREAMED_MESSAGES : 0;
      int length = kind == CallKind.ECHO ? 16 + random.nextInt(32_000) : 100;
      request = Methods.request(IDS.incrementAndGet(), messages, length);
      CallOptions options = CallOptions.DEFAULT.withWaitForReady();
      call =
          channel.newCall(
              method(kind),
              kind == CallKind.DEADLINE
                  ? options.withDeadlineAfter(20 + random.nextInt(80), TimeUnit.MILLISECONDS)
                  : options.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS));
    }

    Status make() {
      begin();
      try {
        return end.get(2 * DEADLINE_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        return Status.UNKNOWN.withDescription("no end, long after the deadline");
      } catch (InterruptedException | ExecutionException e) {
        Thread.currentThread().interrupt();
        return Status.UNKNOWN.withDescription("interrupted");
      }
    }

    // The listener sends as well, and a call is not for two threads at once: a first answer that is
    // here before this has returned has to wait.
    private synchronized void begin() {
      call.start(this, new Metadata());
      call.request(1);
      call.sendMessage(request);
      if (kind != CallKind.CHAT) {
        call.halfClose();
      }
    }

    /** What is wrong with a call that ended well: empty if nothing is. */
    synchronized String problem(Status status) {
      if (!status.isOk() || !wrong.isEmpty()) {
        return wrong;
      }
      int expected =
          switch (kind) {
            case ECHO -> 1;
            case STREAM -> STREAMED_MESSAGES;
            case CHAT -> CHAT_MESSAGES;
            case CANCEL, DEADLINE -> 0;
          };
      return received == expected
          ? ""
          : "OK with " + received + " messages (expected: " + expected + ")";
    }

    @Override
    public synchronized void onMessage(byte[] message) {
      boolean right =
          switch (kind) {
            case ECHO, CHAT -> Arrays.equals(message, request);
            case STREAM, CANCEL, DEADLINE ->
                message.length == Methods.MESSAGE_BYTES
                    && ByteBuffer.wrap(message).getInt() == received;
          };
      if (!right) {
        wrong = "message " + received + " is wrong";
      }
      received++;
      call.request(1);
      if (kind == CallKind.CANCEL && received == 3) {
        call.cancel("by the soak", null);
      } else if (kind == CallKind.CHAT && received < CHAT_MESSAGES) {
        call.sendMessage(request);
      } else if (kind == CallKind.CHAT && received == CHAT_MESSAGES) {
        call.halfClose();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (!end.complete(status)) {
        synchronized (this) {
          wrong = "a second end: " + status;
        }
      }
    }
  }

  private static MethodDescriptor<byte[], byte[]> method(CallKind kind) {
    return switch (kind) {
      case ECHO -> Methods.ECHO;
      case STREAM, CANCEL -> Methods.STREAM;
      case CHAT -> Methods.CHAT;
      case DEADLINE -> Methods.SILENT;
    };
  }
}
