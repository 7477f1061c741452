package io.tlstunnel.junit;

import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/** What a fault does to the response of one call. */
final class StreamFault {
  private enum State {
    /** Nothing of the response has come. */
    WAITING,
    /** A delay is running. */
    HELD_BACK,
    /** Response headers have come. */
    RESPONDING
  }

  private final Fault fault;
  private final int stream;
  private final FrameFaults frames;
  private final FrameFaults.Ends ends;
  private final Queue<Frame> heldBack = new ArrayDeque<>();
  private State state = State.WAITING;

  StreamFault(Fault fault, int stream, FrameFaults frames, FrameFaults.Ends ends) {
    this.fault = fault;
    this.stream = stream;
    this.frames = frames;
    this.ends = ends;
  }

  void fromServer(Frame frame) {
    if (fault instanceof GrpcFault.Delay delay && state != State.RESPONDING) {
      holdBack(frame, delay);
    } else if (fault instanceof Http2Fault.ResetStream reset) {
      reset(frame, reset);
    } else if (fault instanceof Http2Fault.MissingTrailers) {
      frames.pass(endsWithTrailers(frame) ? withoutTrailers() : frame);
    } else if (fault instanceof Http2Fault.OversizedHeaders oversized
        && state == State.WAITING
        && isWholeBlock(frame)) {
      inflate(frame, oversized.bytes());
    } else {
      frames.pass(frame);
    }
    if (isWholeBlock(frame) && state == State.WAITING) {
      state = State.RESPONDING;
    }
  }

  private void holdBack(Frame frame, GrpcFault.Delay delay) {
    heldBack.add(frame);
    if (state == State.WAITING) {
      state = State.HELD_BACK;
      ends.after(
          delay.delay(),
          () -> {
            state = State.RESPONDING;
            for (Frame next = heldBack.poll(); next != null; next = heldBack.poll()) {
              frames.pass(next);
            }
            ends.flush();
          });
    }
  }

  private void reset(Frame frame, Http2Fault.ResetStream reset) {
    switch (reset.moment()) {
      case AFTER_HEADERS -> {
        if (endsWithTrailers(frame)) {
          frames.kill(stream, reset.code());
        } else {
          frames.pass(frame);
          if (isWholeBlock(frame)) {
            frames.kill(stream, reset.code());
          }
        }
      }
      case IN_DATA -> {
        if (frame.type() == Frame.DATA && frame.payload().length > 0) {
          cutInData(frame, reset.code());
        } else if (endsWithTrailers(frame)) {
          frames.kill(stream, reset.code());
        } else {
          frames.pass(frame);
        }
      }
      case AFTER_DATA, BEFORE_HEADERS -> {
        if (endsWithTrailers(frame)) {
          frames.kill(stream, reset.code());
        } else {
          frames.pass(frame);
        }
      }
    }
  }

  private void cutInData(Frame frame, Http2Code code) {
    int half = frame.payload().length / 2;
    frames.pass(Frame.data(stream, Arrays.copyOf(frame.payload(), half), false));
    // The half that is dropped returns to the server's window as if the client had read it.
    ends.toServer(Frame.windowUpdate(0, frame.payload().length - half));
    frames.kill(stream, code);
  }

  private Frame withoutTrailers() {
    return state == State.RESPONDING
        ? Frame.data(stream, new byte[0], true)
        : Frame.headers(stream, true, ":status", "200", "content-type", "application/grpc");
  }

  private void inflate(Frame frame, int bytes) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(frame.payload());
    block.writeBytes(LiteralHeaders.encode("x-oversized", "x".repeat(bytes)));
    boolean endStream = frame.has(Frame.END_STREAM);
    FrameFaults.blocks(stream, endStream, block.toByteArray()).forEach(frames::pass);
  }

  private static boolean endsWithTrailers(Frame frame) {
    return frame.type() == Frame.HEADERS && frame.has(Frame.END_STREAM);
  }

  private static boolean isWholeBlock(Frame frame) {
    return (frame.type() == Frame.HEADERS || frame.type() == Frame.CONTINUATION)
        && frame.has(Frame.END_HEADERS);
  }
}
