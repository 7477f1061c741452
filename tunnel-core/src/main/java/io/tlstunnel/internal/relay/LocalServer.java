package io.tlstunnel.internal.relay;

import static io.tlstunnel.internal.wire.FrameWriter.SETTING_LENGTH;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.internal.wire.FrameWriter;
import org.jspecify.annotations.Nullable;

/**
 * The tunnel as the client's HTTP/2 server: all that it says itself on the client's connection.
 * Until the remote has spoken it is the only server; afterwards it speaks between the remote's
 * frames.
 */
final class LocalServer {
  private static final int SMALL = 32;

  /**
   * No limit: a connection has fewer stream ids. Larger values, though allowed, are negative to
   * clients that read them as signed, and these would never begin a request.
   */
  private static final int UNLIMITED_STREAMS = Integer.MAX_VALUE;

  /** So much may wait to be said; then no more is explained. */
  private static final int MAX_PENDING = 64 * 1_024;

  private final Channel downstream;
  private final StreamTable streams;
  private final ClientSettings client = new ClientSettings();
  private final RelayCounters counters;

  /** What the tunnel may send of DATA as the connection's only server. */
  private int connectionWindow = Http2CodecUtil.DEFAULT_WINDOW_SIZE;

  /** Words that wait for the end of a read, or of a frame of the remote's that cannot be held. */
  private @Nullable ByteBuf pending;

  /** How many of the tunnel's own SETTINGS the client has not acknowledged. */
  private int unacknowledged;

  /** Something was said since the client stopped to read. */
  private boolean unheard;

  LocalServer(Channel downstream, StreamTable streams, RelayCounters counters) {
    this.downstream = downstream;
    this.streams = streams;
    this.counters = counters;
  }

  /** What the client's SETTINGS say. */
  ClientSettings client() {
    return client;
  }

  ByteBuf words() {
    return downstream.alloc().buffer(SMALL);
  }

  /**
   * Clients send nothing until they have SETTINGS, so a tunnel that waited for the remote's would
   * have nobody to explain a failure to. But with SETTINGS that say nothing of streams they would
   * begin any number of requests, and a remote may end a connection that exceeds its limit.
   */
  void greet(Greeting greeting) {
    greeting.write(pending());
    unacknowledged++;
    sayPending();
  }

  /**
   * The remote's first SETTINGS are about to be forwarded, behind what is {@linkplain #pending
   * pending} then. Its limit on streams takes the place of the greeting's; if it has none, the
   * greeting's is lifted. This comes before the remote's frame, so that the client's first ACKs are
   * those for the tunnel's own SETTINGS.
   */
  void remoteSpeaks(ByteBuf bytes, int payload, int length) {
    for (int at = payload; at + SETTING_LENGTH <= payload + length; at += SETTING_LENGTH) {
      if (bytes.getUnsignedShort(at) == Http2CodecUtil.SETTINGS_MAX_CONCURRENT_STREAMS) {
        return;
      }
    }
    FrameWriter.settings(
        pending(), Http2CodecUtil.SETTINGS_MAX_CONCURRENT_STREAMS, UNLIMITED_STREAMS);
    unacknowledged++;
  }

  /** Whether this ACK of the client's is for SETTINGS of the tunnel's own, and not to be passed. */
  boolean acknowledged() {
    if (unacknowledged == 0) {
      return false;
    }
    unacknowledged--;
    return true;
  }

  /**
   * Answers one stream in the remote's place; what the client still sends on it is to be dropped.
   * The answer is {@linkplain #pending pending} then.
   */
  void answer(int streamId, LocalReply reply) {
    int flags = streams.flags(streamId);
    ByteBuf out = pending();
    if (out.readableBytes() > MAX_PENDING) {
      // A flood of refusals; for gRPC this is RESOURCE_EXHAUSTED too.
      FrameWriter.resetStream(out, streamId, Http2Error.ENHANCE_YOUR_CALM);
    } else if ((flags & StreamTable.RESPONSE_BEGUN) == 0) {
      // Without a body: the connection lives on, and its window is the remote's to use. What the
      // client would give back of ours, the remote would take for its own.
      reply.write(out, streamId, (flags & StreamTable.GRPC) != 0, client, 0);
      if ((flags & StreamTable.CLIENT_ENDED) == 0) {
        // The answer is complete: the client need not send the rest (RFC 9113, 8.1).
        FrameWriter.resetStream(out, streamId, Http2Error.NO_ERROR);
      }
    } else {
      reply.writeEnd(out, streamId, flags, client);
    }
    counters.requestsAnswered.increment();
    streams.open(streamId, StreamTable.ANSWERED);
  }

  /**
   * Answers every stream that still waits for one.
   *
   * @param highest streams above it are not touched: a GOAWAY has told the client what became of
   *     them
   * @param alone whether the remote has said nothing on the connection
   */
  ByteBuf answerAll(LocalReply reply, int highest, boolean alone) {
    ByteBuf out = words();
    if (alone) {
      for (int i = 0; i < client.frames(); i++) {
        FrameWriter.settingsAck(out);
        client.tableSize().acknowledged();
      }
    }
    streams.forEach(
        (id, flags) -> {
          if (id > highest || (flags & (StreamTable.ANSWERED | StreamTable.REMOTE_ENDED)) != 0) {
            return;
          }
          counters.requestsAnswered.increment();
          if (alone) {
            long window = Math.min(connectionWindow, client.initialWindowSize());
            connectionWindow -=
                reply.write(out, id, (flags & StreamTable.GRPC) != 0, client, window);
          } else {
            reply.writeEnd(out, id, flags, client);
          }
        });
    return out;
  }

  /**
   * Where words are to be written that are {@linkplain #sayPending said} before the next frame of
   * the remote's, or when a read of the client's is complete: a flood of requests must not cost a
   * write for each.
   */
  ByteBuf pending() {
    ByteBuf words = pending;
    if (words == null) {
      words = words();
      pending = words;
    }
    return words;
  }

  boolean hasPending() {
    ByteBuf waiting = pending;
    return waiting != null && waiting.isReadable();
  }

  void sayPending() {
    ByteBuf words = pending;
    if (words != null && words.isReadable()) {
      pending = null;
      downstream.writeAndFlush(words, downstream.voidPromise());
      unheard |= !downstream.isWritable();
    }
  }

  /**
   * Whether the client must first read what it was told. Answers are larger than the requests that
   * provoke them, and a client that sends without reading would have them pile up.
   */
  boolean unheard() {
    ByteBuf waiting = pending;
    return unheard || (waiting != null && waiting.readableBytes() > MAX_PENDING);
  }

  /** The client reads. */
  void heard() {
    unheard = false;
  }

  void close() {
    if (pending != null) {
      pending.release();
      pending = null;
    }
  }
}
