package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.NetworkFault.Direction;
import io.tlstunnel.junit.fault.NetworkFault.Ending;
import io.tlstunnel.junit.fault.When;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The network between a server's socket and everything above it, as bad as a test wants it. */
final class NetworkChaos extends ChannelDuplexHandler {
  private static final int LAST_WORDS_MILLIS = 500;

  private enum State {
    OPEN,
    /** The client has had our FIN; what it sends still goes up. */
    HALF_CLOSED,
    /** Over: nothing goes up or down any more. */
    ENDED
  }

  private final FaultPlan plan;
  private final int connection;
  private final Map<InjectedFault, Boolean> strikes = new HashMap<>();
  private State state = State.OPEN;
  private @Nullable NetworkLane requests;
  private @Nullable NetworkLane responses;

  NetworkChaos(FaultPlan plan, int connection) {
    this.plan = plan;
    this.connection = connection;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    requests =
        new NetworkLane(this, Direction.REQUEST, ctx) {
          @Override
          void emit(ByteBuf bytes, @Nullable ChannelPromise promise) {
            ctx.fireChannelRead(bytes);
            ctx.fireChannelReadComplete();
          }
        };
    responses =
        new NetworkLane(this, Direction.RESPONSE, ctx) {
          @Override
          void emit(ByteBuf bytes, @Nullable ChannelPromise promise) {
            ctx.writeAndFlush(bytes, promise == null ? ctx.voidPromise() : promise);
          }
        };
  }

  /** The faults in force that strike this connection. Decided once for each fault. */
  List<NetworkFault> faults() {
    List<InjectedFault> inForce = plan.inForce(NetworkFault.class);
    if (inForce.isEmpty()) {
      return List.of();
    }
    When.Occasion occasion = new When.Occasion(connection, 0, "");
    return inForce.stream()
        .filter(fault -> strikes.computeIfAbsent(fault, f -> f.strikes(occasion)))
        .map(fault -> (NetworkFault) fault.fault())
        .collect(Collectors.toList());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    if (state == State.ENDED) {
      ((ByteBuf) bytes).release();
    } else if (requests != null) {
      requests.offer((ByteBuf) bytes, null);
    }
  }

  // TLS asks for more as long as it has no whole record, whatever autoRead says.
  @Override
  public void read(ChannelHandlerContext ctx) {
    if (requests == null || !requests.isPaused()) {
      ctx.read();
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object bytes, ChannelPromise promise) {
    if (state != State.OPEN) {
      ((ByteBuf) bytes).release();
      promise.setSuccess();
    } else if (responses != null) {
      responses.offer((ByteBuf) bytes, promise);
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (responses == null || responses.isEmpty()) {
      ctx.close(promise);
      return;
    }
    // What was written before the close still takes its time, but a stalled network not for ever.
    ctx.executor().schedule(() -> ctx.close(promise), LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    state = State.ENDED;
    if (requests != null) {
      requests.discard();
    }
    if (responses != null) {
      responses.discard();
    }
  }

  void end(ChannelHandlerContext ctx, Ending ending) {
    switch (ending) {
      case RST -> {
        state = State.ENDED;
        ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        ctx.close();
      }
      case FIN -> {
        state = State.ENDED;
        // Closing with unread bytes would send RST: say FIN, then swallow what still comes.
        ((DuplexChannel) ctx.channel()).shutdownOutput();
        ctx.executor().schedule(() -> ctx.close(), LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
      }
      case HALF_CLOSE -> {
        state = State.HALF_CLOSED;
        ((DuplexChannel) ctx.channel()).shutdownOutput();
      }
    }
  }
}
