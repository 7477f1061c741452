package io.tlstunnel.junit;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Runs a {@link ConnectionScript} on a connection, and reads what the client sends. */
final class ScriptHandler extends ChannelInboundHandlerAdapter implements ScriptedConnection {
  /** What a connection does of its own accord. */
  enum Manners {
    POLITE,
    NONE
  }

  private enum State {
    SCRIPTED,
    /** The script has ended: what it left open is answered for it. */
    UNSCRIPTED
  }

  /** Stands behind the last frame, so that nobody waits for one that cannot come. */
  private static final Frame END = Frame.settingsAck();

  private final CallRecorder recorder;
  private final int number;
  private final Traffic traffic;
  private final ConnectionScript script;
  private final Manners manners;
  private final ExecutorService scripts;
  private final FrameSplitter splitter = FrameSplitter.ofClient(ByteBuf::release, this::received);
  private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
  private final BlockingQueue<RecordedCall> calls = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile State state = State.SCRIPTED;
  private @Nullable BlockReader blocks;
  private volatile @Nullable ChannelHandlerContext context;

  ScriptHandler(
      CallRecorder recorder,
      int number,
      Traffic traffic,
      ConnectionScript script,
      Manners manners,
      ExecutorService scripts) {
    this.recorder = recorder;
    this.number = number;
    this.traffic = traffic;
    this.script = script;
    this.manners = manners;
    this.scripts = scripts;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public void send(Frame... frames) {
    ByteBuf bytes = Unpooled.buffer();
    for (Frame frame : frames) {
      bytes.writeBytes(frame.encode());
    }
    write(bytes);
  }

  @Override
  public void sendBytes(byte[] bytes) {
    write(Unpooled.wrappedBuffer(bytes));
  }

  @Override
  public RecordedCall awaitCall(Duration timeout) throws InterruptedException {
    return found(calls.poll(timeout.toNanos(), TimeUnit.NANOSECONDS), "call", timeout);
  }

  @Override
  public Frame awaitFrame(Duration timeout) throws InterruptedException {
    return found(poll(timeout.toNanos()), "frame", timeout);
  }

  @Override
  public Frame awaitFrame(Predicate<Frame> fits, Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      long left = Math.max(0, end - System.nanoTime());
      Frame frame = found(poll(left), "fitting frame", timeout);
      if (fits.test(frame)) {
        return frame;
      }
    }
  }

  @Override
  public Optional<Frame> nextFrame(Duration timeout) throws InterruptedException {
    Frame frame = poll(timeout.toNanos());
    if (frame == null && closed.getCount() > 0) {
      found(frame, "frame and no end", timeout);
    }
    return Optional.ofNullable(frame);
  }

  @Override
  public boolean awaitClose(Duration timeout) throws InterruptedException {
    return closed.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> ctx().close());
  }

  @Override
  public void cut() {
    onLoop(
        () -> {
          // Closing with unread bytes would send RST: say FIN, then wait for the client's.
          ((DuplexChannel) ctx().channel()).shutdownOutput();
          var unused =
              ctx()
                  .executor()
                  .schedule(() -> ctx().pipeline().firstContext().close(), 500, MILLISECONDS);
        });
  }

  @Override
  public void reset() {
    onLoop(
        () -> {
          ctx().channel().config().setOption(ChannelOption.SO_LINGER, 0);
          ctx().pipeline().firstContext().close();
        });
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Http2Exception {
    context = ctx;
    blocks = new BlockReader();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    splitter.release();
    if (blocks != null) {
      blocks.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        recorder.secured(ctx.pipeline().get(SslHandler.class));
        if (manners == Manners.POLITE) {
          send(Frame.settings());
        }
        scripts.execute(this::play);
      } else {
        recorder.refused(handshake.cause());
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    splitter.feed((ByteBuf) bytes);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed.countDown();
    frames.add(END);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    traffic.note("connection " + number + ": " + cause.getMessage());
    ctx.close();
  }

  private void play() {
    try {
      script.run(this);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      return;
    } catch (Exception | AssertionError e) {
      traffic.note("script of connection " + number + " failed: " + e);
    }
    onLoop(
        () -> {
          state = State.UNSCRIPTED;
          for (RecordedCall call = calls.poll(); call != null; call = calls.poll()) {
            answerUnscripted(call);
          }
        });
  }

  private void received(Frame frame) {
    frames.add(frame);
    if (manners == Manners.POLITE) {
      if (frame.type() == Frame.SETTINGS && !frame.has(Frame.ACK)) {
        send(Frame.settingsAck());
      } else if (frame.type() == Frame.PING && !frame.has(Frame.ACK)) {
        send(Frame.pingAck(frame.payload()));
      }
    }
    if (frame.type() == Frame.HEADERS || frame.type() == Frame.CONTINUATION) {
      headers(frame);
    }
  }

  private void headers(Frame frame) {
    Optional<Http2Headers> block;
    try {
      block = Objects.requireNonNull(blocks).read(frame);
    } catch (Http2Exception | IndexOutOfBoundsException e) {
      traffic.note("connection " + number + ": header block cannot be read: " + e.getMessage());
      return;
    }
    if (block.isEmpty() || block.get().path() == null) {
      return;
    }
    RecordedCall call = recorder.record(block.get(), frame.stream());
    if (state == State.SCRIPTED) {
      calls.add(call);
    } else {
      answerUnscripted(call);
    }
  }

  private void answerUnscripted(RecordedCall call) {
    if (manners == Manners.POLITE) {
      String message =
          "ScriptedBackend has no script for call %s on connection %d: extend script(...)"
              .formatted(call.path(), number);
      send(Frame.trailersOnly(call.stream(), 12, message));
    }
  }

  /** The next frame; null if none comes in time or any more. */
  @SuppressWarnings("ReferenceEquality") // The client may send a frame that equals END.
  private @Nullable Frame poll(long nanos) throws InterruptedException {
    Frame frame = frames.poll(nanos, TimeUnit.NANOSECONDS);
    if (frame == END) {
      frames.add(END);
      return null;
    }
    return frame;
  }

  private void write(ByteBuf bytes) {
    var unused = ctx().writeAndFlush(bytes);
  }

  private void onLoop(Runnable task) {
    ctx().executor().execute(task);
  }

  private ChannelHandlerContext ctx() {
    return Objects.requireNonNull(context, "the connection is not there yet");
  }

  private <T> T found(@Nullable T value, String what, Duration timeout) {
    if (value == null) {
      throw new AssertionError(
          "connection %d: no %s within %d ms%s"
              .formatted(
                  number,
                  what,
                  timeout.toMillis(),
                  closed.getCount() == 0 ? "; the client has closed it" : ""));
    }
    return value;
  }
}
