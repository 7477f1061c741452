package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Between the TLS handler of a real HTTP/2 server and the server: cuts both directions into frames,
 * lets {@link FrameFaults} decide about each, and passes on what it decides.
 */
final class FrameTap extends ChannelDuplexHandler implements FrameFaults.Ends {
  private final CallRecorder recorder;
  private final BiFunction<CallRecorder, FrameFaults.Ends, FrameFaults> makeFaults;
  private final FrameSplitter requests =
      FrameSplitter.ofClient(this::preface, frame -> faults().fromClient(frame));
  private final FrameSplitter responses =
      FrameSplitter.ofServer(frame -> faults().fromServer(frame));
  private final Queue<ChannelPromise> unfinished = new ArrayDeque<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable FrameFaults faults;

  FrameTap(
      CallRecorder recorder, BiFunction<CallRecorder, FrameFaults.Ends, FrameFaults> makeFaults) {
    this.recorder = recorder;
    this.makeFaults = makeFaults;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Http2Exception {
    context = ctx;
    faults = makeFaults.apply(recorder, this);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        recorder.secured(ctx.pipeline().get(SslHandler.class));
      } else {
        recorder.refused(handshake.cause());
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    requests.feed((ByteBuf) bytes);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object bytes, ChannelPromise promise) {
    responses.feed((ByteBuf) bytes);
    // A frame comes in several writes: they are done when the last of them is.
    unfinished.add(promise);
  }

  /**
   * Only now are the writes done, as they would be on a socket. Not at once: a server that resets
   * all its streams counts them wrongly if the first reset is written before the last is begun.
   */
  @Override
  public void flush(ChannelHandlerContext ctx) {
    ctx.flush();
    // Who hears of a write may write at once, and be back here before the next is told.
    while (responses.isAtFrameBoundary() && !unfinished.isEmpty()) {
      unfinished.remove().trySuccess();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    faults().connectionLost();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    requests.release();
    responses.release();
    faults().connectionLost();
    while (!unfinished.isEmpty()) {
      unfinished.remove().tryFailure(new ClosedChannelException());
    }
  }

  @Override
  public void toClient(Frame frame) {
    var unused = ctx().write(Unpooled.wrappedBuffer(frame.encode()));
  }

  @Override
  public void toServer(Frame frame) {
    ctx().fireChannelRead(Unpooled.wrappedBuffer(frame.encode()));
  }

  @Override
  public void flush() {
    ctx().flush();
  }

  @Override
  public void closeWhenWritten() {
    ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> ctx().close());
  }

  @Override
  public void after(Duration delay, Runnable task) {
    var unused = ctx().executor().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void preface(ByteBuf preface) {
    ctx().fireChannelRead(preface);
  }

  private ChannelHandlerContext ctx() {
    return Objects.requireNonNull(context, "not added yet");
  }

  private FrameFaults faults() {
    return Objects.requireNonNull(faults, "not added yet");
  }
}
