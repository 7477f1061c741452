package io.tlstunnel.tests.rig;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One gRPC call by hand: it bears an id that the remote records, and tells how it ended, and that
 * it ended once.
 */
public final class TestCall {
  /** The metadata key of a call's id. */
  public static final String ID = "x-request-id";

  /** The same as a key of gRPC's. */
  public static final Metadata.Key<String> ID_KEY =
      Metadata.Key.of(ID, Metadata.ASCII_STRING_MARSHALLER);

  private static final AtomicLong IDS = new AtomicLong();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String id = "call-" + IDS.incrementAndGet();
  private final AtomicInteger ends = new AtomicInteger();
  private final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> status = new CompletableFuture<>();
  private final ClientCall<byte[], byte[]> call;

  private TestCall(Channel channel, MethodDescriptor<byte[], byte[]> method, CallOptions options) {
    call = channel.newCall(method, options);
  }

  /** Begins a call; it takes as many responses as {@link #take} asks for. */
  public static TestCall begin(
      Channel channel, MethodDescriptor<byte[], byte[]> method, CallOptions options) {
    return begin(channel, method, options, new Metadata());
  }

  /** Begins a call with metadata beside its id. */
  public static TestCall begin(
      Channel channel,
      MethodDescriptor<byte[], byte[]> method,
      CallOptions options,
      Metadata metadata) {
    TestCall begun = new TestCall(channel, method, options);
    metadata.put(ID_KEY, begun.id);
    begun.call.start(begun.new Ending(), metadata);
    return begun;
  }

  /** Begins a call, sends its one request, and takes all responses. */
  public static TestCall of(
      Channel channel,
      MethodDescriptor<byte[], byte[]> method,
      CallOptions options,
      byte[] request) {
    TestCall begun = begin(channel, method, options);
    begun.call.request(Integer.MAX_VALUE);
    begun.send(request).halfClose();
    return begun;
  }

  /** The id that the remote sees. */
  public String id() {
    return id;
  }

  /** Sends a message. */
  public TestCall send(byte[] message) {
    call.sendMessage(message);
    return this;
  }

  /** Says that there are no more messages. */
  public void halfClose() {
    call.halfClose();
  }

  /** Gives the call up. */
  public void cancel() {
    call.cancel("given up by the test", null);
  }

  /** Whether a message would leave at once. */
  public boolean isReady() {
    return call.isReady();
  }

  /** Allows so many more responses. */
  public TestCall request(int responses) {
    call.request(responses);
    return this;
  }

  /** The next response, which has been asked for; waits for it. */
  public byte[] take() {
    try {
      byte[] message = messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(message).as("a response to %s within %s", id, PATIENCE).isNotNull();
      return message;
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while waiting for a response", e);
    }
  }

  /** The responses that have come and that nobody has taken. */
  public List<byte[]> responses() {
    return new ArrayList<>(messages);
  }

  /** The one status with which the call ends; waits for it. */
  public Status status() {
    Status ended = status.completeOnTimeout(noEnd(), PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    assertThat(ends).as("terminal statuses of %s (%s)", id, ended).hasValue(1);
    return ended;
  }

  /** Completes with the status. */
  public CompletableFuture<Status> ended() {
    return status;
  }

  private Status noEnd() {
    return Status.UNKNOWN.withDescription(id + " has not ended within " + PATIENCE);
  }

  private final class Ending extends ClientCall.Listener<byte[]> {
    @Override
    public void onMessage(byte[] message) {
      messages.add(message);
    }

    @Override
    public void onClose(Status how, Metadata trailers) {
      ends.incrementAndGet();
      status.complete(how);
    }
  }
}
