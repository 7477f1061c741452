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

  private static final long MAX_GROWTH = Integer.MAX_VALUE - Http2CodecUtil.DEFAULT_WINDOW_SIZE;

  /** So much may wait to be said; then no more is explained. */
  private static final int MAX_PENDING = 64 * 1_024;

  private final Channel downstream;
  private final StreamTable streams;
  private final ClientSettings client = new ClientSettings();

  /** How many of the client's SETTINGS have been acknowledged to it, by whoever. */
  private int acknowledgedSettings;

  /** How many of these the remote has yet to acknowledge too: the client must not read that. */
  private int acknowledgedBeforeRemote;

  private final RelayCounters counters;

  /** What the client takes of DATA on the connection, as long as no remote has sent any. */
  private long connectionWindow = Http2CodecUtil.DEFAULT_WINDOW_SIZE;

  /** Words that wait for the end of a read, or of a frame of the remote's that cannot be held. */
  private @Nullable ByteBuf pending;

  /** How many of the client's SETTINGS have been read here, and wait to be shown to the remote. */
  private int settingsThatWaited;

  /** The remote's first SETTINGS were forwarded: it is the server, or was. */
  private boolean remoteSpoke;

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
    remoteSpoke = true;
    client.forget();
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
   * SETTINGS of the client's, which go to the remote as well. While that has said nothing they are
   * acknowledged here, and the remote's ACK will be {@linkplain #remoteAcknowledged kept}.
   *
   * <p>Not those that take something back behind a request: the remote may answer the request
   * before it reads them, with what the client, once it has the ACK, no longer takes (RFC 9113,
   * 6.5.3). These are left to the remote, and so are all behind them, for ACKs come in order.
   *
   * @param behindRequests whether the remote will have read a request before them
   */
  void settingsCame(ByteBuf bytes, int payload, int length, boolean behindRequests)
      throws LimitException {
    if (settingsThatWaited > 0) {
      settingsThatWaited--;
      return;
    }
    boolean takeBack = behindRequests && client.takeBack(bytes, payload, length);
    client.read(bytes, payload, length);
    if (!remoteSpoke && !takeBack && client.frames() == acknowledgedSettings + 1) {
      acknowledgeSettings();
      acknowledgedBeforeRemote++;
    }
  }

  /** SETTINGS of the client's that no remote will see as they are. */
  void ownSettings(ByteBuf bytes, int payload, int length) throws LimitException {
    client.read(bytes, payload, length);
    acknowledgeSettings();
  }

  private void acknowledgeSettings() {
    FrameWriter.settingsAck(pending());
    settingsAcknowledged();
  }

  private void settingsAcknowledged() {
    acknowledgedSettings++;
    client.tableSize().acknowledged();
  }

  /** All that waited, the client's SETTINGS among them, is about to be walked again. */
  void walkAgain() {
    settingsThatWaited = client.frames();
  }

  /** The client takes so much more DATA on the connection. */
  void windowGrows(long increment) {
    connectionWindow += increment;
  }

  /**
   * Whether another remote can be told what the client has said so far of the connection: its
   * window can grow for a new remote, and not shrink.
   */
  boolean mayBeginAnew() {
    return !remoteSpoke
        && client.repeatable()
        && connectionWindow >= Http2CodecUtil.DEFAULT_WINDOW_SIZE;
  }

  /**
   * The remote, or the way to it, is gone before its first word, and all requests are {@linkplain
   * #answerAll answered}: what the client still sends of them will be dropped.
   */
  void beginAnew() {
    streams.forEach(
        (id, flags) -> {
          if ((flags & (StreamTable.ANSWERED | StreamTable.CLIENT_ENDED)) == 0) {
            FrameWriter.resetStream(pending(), id, Http2Error.NO_ERROR);
          }
        });
    streams.clear();
    acknowledgedBeforeRemote = 0;
  }

  /** Tells a remote what the client has said of the connection to one before it. */
  void introduceClient(ByteBuf out) {
    client.repeat(out);
    acknowledgedBeforeRemote = 1;
    long grown = connectionWindow - Http2CodecUtil.DEFAULT_WINDOW_SIZE;
    if (grown > 0) {
      FrameWriter.windowUpdate(out, 0, (int) Math.min(grown, MAX_GROWTH));
    }
  }

  /** Whether this ACK of the remote's is the client's first for its SETTINGS, and passes. */
  boolean remoteAcknowledged() {
    if (acknowledgedBeforeRemote > 0) {
      acknowledgedBeforeRemote--;
      return false;
    }
    settingsAcknowledged();
    return true;
  }

  void answerPing(long payload) {
    FrameWriter.ping(pending(), true, payload);
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
   * Answers every stream that still waits for one, and what else the remote has left open.
   *
   * @param highest streams above it are not touched: a GOAWAY has told the client what became of
   *     them
   */
  void answerAll(LocalReply reply, int highest) {
    while (acknowledgedSettings < client.frames()) {
      acknowledgeSettings();
    }
    ByteBuf out = pending();
    streams.forEach(
        (id, flags) -> {
          if (id > highest || (flags & (StreamTable.ANSWERED | StreamTable.REMOTE_ENDED)) != 0) {
            return;
          }
          counters.requestsAnswered.increment();
          if (remoteSpoke) {
            reply.writeEnd(out, id, flags, client);
          } else {
            writeWithBody(out, id, (flags & StreamTable.GRPC) != 0, reply);
          }
        });
  }

  /** Answers a request that has come behind that; nothing is remembered of it. */
  void answerLate(int streamId, boolean grpc, LocalReply reply) {
    if (pending().readableBytes() > MAX_PENDING) {
      sayPending();
    }
    if (unheard) {
      FrameWriter.resetStream(pending(), streamId, Http2Error.ENHANCE_YOUR_CALM);
    } else {
      writeWithBody(pending(), streamId, grpc, reply);
    }
    counters.requestsAnswered.increment();
  }

  /** With a body, unless the connection's window is the remote's to use, or full. */
  private void writeWithBody(ByteBuf out, int streamId, boolean grpc, LocalReply reply) {
    long window = remoteSpoke ? 0 : Math.min(connectionWindow, client.initialWindowSize());
    connectionWindow -= reply.write(out, streamId, grpc, client, window);
  }

  /**
   * Where words are to be written that are {@linkplain #sayPending said} before the next frame of
   * the remote's, or when a read of the client's is complete: a flood of requests must not cost a
   * write for each.
   */
  ByteBuf pending() {
    ByteBuf words = pending;
    if (words == null) {
      words = downstream.alloc().buffer(SMALL);
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

  /** What is pending, to be said by whoever takes it. */
  ByteBuf takePending() {
    ByteBuf words = pending();
    pending = null;
    return words;
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
