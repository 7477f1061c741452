package io.tlstunnel.tests.hostile;

import io.tlstunnel.junit.Backend;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.junit.TestCa;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A remote that is hostile to one call, and answers all others. */
final class HostileRemote {
  /** How the frames leave. */
  enum Delivery {
    /** In one go, so that the client has read all of it before it judges. */
    AT_ONCE,
    /** A few bytes at a time, each in a TLS record of its own, so that no frame arrives whole. */
    IN_PIECES
  }

  static final byte[] RESPONSE = "answered".getBytes(StandardCharsets.UTF_8);

  /** Longer than any test: a script is interrupted at the end. */
  private static final Duration NO_HURRY = Duration.ofHours(1);

  /** A piece is shorter than a frame's header; what is longer than 100 pieces, in longer ones. */
  private static final int PIECE = 7;

  private record Armed(
      HostileCase hostile, Delivery delivery, CompletableFuture<Reaction> reaction) {}

  private final AtomicReference<@Nullable Armed> armed = new AtomicReference<>();

  Backend start(TestCa ca) {
    return ScriptedBackend.builder(ca).script(this::answerCalls).start();
  }

  /** Does this to the next call; the result is how the client takes it. */
  CompletableFuture<Reaction> arm(HostileCase hostile, Delivery delivery) {
    Armed next = new Armed(hostile, delivery, new CompletableFuture<>());
    armed.set(next);
    return next.reaction();
  }

  private void answerCalls(ScriptedConnection connection) throws InterruptedException {
    while (true) {
      RecordedCall call = connection.awaitCall(NO_HURRY);
      Armed now = armed.getAndSet(null);
      if (now == null) {
        connection.send(response(call.stream()));
      } else {
        beHostile(connection, call.stream(), now);
      }
    }
  }

  private static void beHostile(ScriptedConnection connection, int stream, Armed now) {
    try {
      Frame[] frames = now.hostile().frames().on(stream);
      Frame[] probed = Arrays.copyOf(frames, frames.length + 1);
      probed[frames.length] = Reaction.PROBE;
      if (now.delivery() == Delivery.AT_ONCE) {
        connection.send(probed);
      } else {
        sendInPieces(connection, probed);
      }
      Reaction reaction = Reaction.to(frames, connection);
      if (reaction.equals(Reaction.GOES_ON) && !now.hostile().answered()) {
        connection.send(response(stream));
      }
      now.reaction().complete(reaction);
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      now.reaction().completeExceptionally(e);
    }
  }

  private static void sendInPieces(ScriptedConnection connection, Frame[] frames) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      all.writeBytes(frame.encode());
    }
    byte[] bytes = all.toByteArray();
    int piece = Math.max(PIECE, bytes.length / 100);
    for (int at = 0; at < bytes.length; at += piece) {
      connection.sendBytes(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + piece)));
    }
  }

  static Frame[] response(int stream) {
    return new Frame[] {
      Frame.responseHeaders(stream), Frame.message(stream, RESPONSE), Frame.trailers(stream, 0, "")
    };
  }
}
