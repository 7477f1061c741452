package io.tlstunnel.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks the frames in a stream of bytes (RFC 9113, 4.1). Runs of frames that are forwarded leave as
 * one slice of the buffer they came in; a frame that arrives in parts is held until it is whole, so
 * that something else can always be said between two frames. Not thread-safe.
 *
 * <pre>
 *            ┌───────────── whole frames ─────────────┐
 *            ▼                                        │
 *   BETWEEN_FRAMES ──part of a header──▶ IN_HEADER ───┤
 *            ├──part, GATHER──▶ GATHERING ────────────┤
 *            ├──part, HOLD────▶ HOLDING ──────────────┤   (many pieces: GATHERING)
 *            └──part, STREAM──▶ STREAMING ────────────┘       stop(): STOPPED
 *
 *   BETWEEN_FRAMES ──pause()──▶ PAUSED ──resume()──▶ BETWEEN_FRAMES
 * </pre>
 */
public final class FrameSplitter {
  /** The length of a frame's header. */
  public static final int HEADER_LENGTH = 9;

  /** The payload that every endpoint accepts, and the longest that is held until it is whole. */
  public static final int DEFAULT_MAX_FRAME_SIZE = 16_384;

  /**
   * More pieces than this are copied together: a frame that trickles in by the byte must not hold a
   * read buffer for each.
   */
  private static final int MAX_PIECES = 32;

  private enum Step {
    BETWEEN_FRAMES,
    IN_HEADER,
    GATHERING,
    HOLDING,
    STREAMING,
    PAUSED,
    STOPPED
  }

  private final ByteBufAllocator allocator;
  private FrameHandler handler;
  private Step step = Step.BETWEEN_FRAMES;

  private byte type;
  private int flags;
  private int streamId;
  private int length;

  /** Bytes of the current frame that have not arrived; in STREAMING and HOLDING only. */
  private int missing;

  private boolean forwarding;
  private @Nullable ByteBuf gathered;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(4);

  /** What came behind the frame at which the walk was paused. */
  private @Nullable ByteBuf rest;

  public FrameSplitter(ByteBufAllocator allocator, FrameHandler handler) {
    this.allocator = allocator;
    this.handler = handler;
  }

  /** Gives the frames that follow to another handler. */
  public void handOver(FrameHandler next) {
    handler = next;
  }

  /**
   * Whether nothing of an unfinished frame has been forwarded, so that a frame may be written now.
   */
  public boolean betweenFrames() {
    return step != Step.STREAMING;
  }

  /** The type of a frame that is being gathered; -1 if none is. */
  public int gatheredType() {
    return step == Step.GATHERING ? type : -1;
  }

  /**
   * Ends the walk behind the frame that the handler is being shown, until {@link #resume}. Frames
   * that stream are not paused: nothing is done for them but to pass them on.
   */
  public void pause() {
    if (step == Step.BETWEEN_FRAMES) {
      step = Step.PAUSED;
    }
  }

  public boolean paused() {
    return step == Step.PAUSED;
  }

  /**
   * Goes on where the walk was paused.
   *
   * @throws Http2Exception as {@link #feed} does
   */
  public void resume() throws Http2Exception {
    if (step == Step.PAUSED) {
      step = Step.BETWEEN_FRAMES;
      ByteBuf more = rest;
      rest = null;
      if (more != null) {
        feed(more);
      }
    }
  }

  /** Forgets what is held and ignores all that follows. */
  public void stop() {
    step = Step.STOPPED;
    if (rest != null) {
      rest.release();
      rest = null;
    }
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
    for (ByteBuf piece; (piece = held.poll()) != null; ) {
      piece.release();
    }
  }

  /**
   * Takes the next bytes, whatever their boundaries, and owns them.
   *
   * @throws Http2Exception what the handler threw; the splitter must be stopped then
   */
  public void feed(ByteBuf bytes) throws Http2Exception {
    try {
      int index = bytes.readerIndex();
      int end = bytes.writerIndex();
      while (index < end && step != Step.STOPPED && step != Step.PAUSED) {
        index =
            step == Step.BETWEEN_FRAMES
                ? wholeFrames(bytes, index, end)
                : restOfFrame(bytes, index, end);
      }
      if (index < end && step == Step.PAUSED) {
        ByteBuf more = bytes.retainedSlice(index, end - index);
        rest = rest == null ? more : Unpooled.wrappedBuffer(rest, more);
      }
    } finally {
      bytes.release();
    }
  }

  private int wholeFrames(ByteBuf bytes, int start, int end) throws Http2Exception {
    int run = start;
    int index = start;
    while (end - index >= HEADER_LENGTH) {
      readHeader(bytes, index);
      if (end - index - HEADER_LENGTH < length) {
        break;
      }
      if (run < index && handler.replaces(type)) {
        forward(bytes, run, index);
        run = index;
      }
      int next = index + HEADER_LENGTH + length;
      boolean forwarded;
      try {
        forwarded = handler.frame(type, flags, streamId, length, bytes, index + HEADER_LENGTH);
      } catch (Http2Exception broken) {
        // The frames before it have been taken note of, so they must also arrive.
        forward(bytes, run, index);
        throw broken;
      }
      if (step == Step.STOPPED) {
        return end;
      }
      if (!forwarded) {
        forward(bytes, run, index);
        run = next;
      }
      index = next;
      if (step == Step.PAUSED) {
        forward(bytes, run, index);
        return index;
      }
    }
    forward(bytes, run, index);
    if (index < end && step != Step.STOPPED) {
      beginPart(bytes, index, end);
      return end;
    }
    return index;
  }

  /** The header of a frame is read in two loads: nearly every frame of a connection passes here. */
  private void readHeader(ByteBuf bytes, int index) {
    long head = bytes.getLong(index);
    length = (int) (head >>> 40);
    type = (byte) (head >>> 32);
    flags = (int) (head >>> 24) & 0xff;
    streamId = ((int) (head & 0x7f_ffff) << 8) | bytes.getUnsignedByte(index + 8);
  }

  private void forward(ByteBuf bytes, int from, int to) {
    if (from < to && !handler.copies(bytes, from, to - from)) {
      handler.forward(bytes.retainedSlice(from, to - from));
    }
  }

  private void beginPart(ByteBuf bytes, int index, int end) throws Http2Exception {
    if (end - index < HEADER_LENGTH) {
      step = Step.IN_HEADER;
      gathered = allocator.buffer(HEADER_LENGTH).writeBytes(bytes, index, end - index);
      return;
    }
    beginBody(bytes.retainedSlice(index, end - index));
  }

  /** The header of an unfinished frame is known; {@code head} holds it and what else is there. */
  private void beginBody(ByteBuf head) throws Http2Exception {
    missing = HEADER_LENGTH + length - head.readableBytes();
    switch (reception(head)) {
      case GATHER -> {
        step = Step.GATHERING;
        // What it claims to be long is not allocated before it has come.
        int likely = Math.min(length, DEFAULT_MAX_FRAME_SIZE);
        gathered = allocator.buffer(HEADER_LENGTH + likely).writeBytes(head);
        head.release();
      }
      case HOLD -> {
        step = Step.HOLDING;
        held.add(head);
      }
      case STREAM -> beginStreaming(head);
    }
  }

  private FrameHandler.Reception reception(ByteBuf head) throws Http2Exception {
    try {
      return handler.reception(type, length);
    } catch (Http2Exception refused) {
      head.release();
      throw refused;
    }
  }

  private void beginStreaming(ByteBuf head) throws Http2Exception {
    boolean judged = false;
    try {
      forwarding = handler.frame(type, flags, streamId, length, head, HEADER_LENGTH);
      judged = step != Step.STOPPED;
    } finally {
      if (!judged) {
        head.release();
      }
    }
    if (judged) {
      // Only now: until the handler has let the frame pass, something else can still be said.
      step = Step.STREAMING;
      forwardOrDrop(head);
    }
  }

  private int restOfFrame(ByteBuf bytes, int index, int end) throws Http2Exception {
    if (step == Step.IN_HEADER) {
      return restOfHeader(bytes, index, end);
    }
    int taken = Math.min(missing, end - index);
    missing -= taken;
    if (step == Step.GATHERING) {
      Objects.requireNonNull(gathered).writeBytes(bytes, index, taken);
    } else {
      ByteBuf piece = bytes.retainedSlice(index, taken);
      if (step == Step.HOLDING) {
        held.add(piece);
        if (held.size() > MAX_PIECES) {
          gatherHeld();
        }
      } else {
        forwardOrDrop(piece);
      }
    }
    if (missing == 0) {
      endPart();
    }
    return index + taken;
  }

  private void gatherHeld() {
    ByteBuf together = allocator.buffer(HEADER_LENGTH + length);
    for (ByteBuf piece; (piece = held.poll()) != null; ) {
      together.writeBytes(piece);
      piece.release();
    }
    gathered = together;
    step = Step.GATHERING;
  }

  private int restOfHeader(ByteBuf bytes, int index, int end) throws Http2Exception {
    ByteBuf head = Objects.requireNonNull(gathered);
    int taken = Math.min(HEADER_LENGTH - head.readableBytes(), end - index);
    head.writeBytes(bytes, index, taken);
    if (head.readableBytes() == HEADER_LENGTH) {
      gathered = null;
      readHeader(head, head.readerIndex());
      beginBody(head);
      if (missing == 0 && step != Step.STOPPED) {
        endPart();
      }
    }
    return index + taken;
  }

  private void endPart() throws Http2Exception {
    Step ended = step;
    step = Step.BETWEEN_FRAMES;
    if (ended == Step.GATHERING) {
      ByteBuf frame = Objects.requireNonNull(gathered);
      gathered = null;
      try {
        if (handler.frame(
            type, flags, streamId, length, frame, frame.readerIndex() + HEADER_LENGTH)) {
          handler.forward(frame.retain());
        }
      } finally {
        frame.release();
      }
    } else if (ended == Step.HOLDING) {
      ByteBuf first = Objects.requireNonNull(held.peek());
      forwarding = handler.frame(type, flags, streamId, length, first, -1);
      for (ByteBuf piece; (piece = held.poll()) != null; ) {
        forwardOrDrop(piece);
      }
    }
  }

  private void forwardOrDrop(ByteBuf piece) {
    if (forwarding) {
      handler.forward(piece);
    } else {
      piece.release();
    }
  }
}
