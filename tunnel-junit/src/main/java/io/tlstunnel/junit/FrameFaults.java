package io.tlstunnel.junit;

import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.When;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What happens to the frames between a client and a real server, as the faults in force have it.
 *
 * <p>A header block that is dropped must not be missed by the other side's HPACK table. So requests
 * reach the server as literals, and the server is told that the client's table has no room, which
 * makes it answer without a table.
 */
final class FrameFaults {
  /** The two ends of the connection, and its clock. */
  interface Ends {
    void toClient(Frame frame);

    void toServer(Frame frame);

    void flush();

    void closeWhenWritten();

    void after(Duration delay, Runnable task);
  }

  private final CallRecorder recorder;
  private final FaultPlan plan;
  private final int connection;
  private final Ends ends;
  private final BlockReader requests;
  private final List<Frame> unreadable = new ArrayList<>();
  private final Map<Integer, StreamFault> struck = new HashMap<>();
  private final Set<Integer> open = new HashSet<>();
  private final Set<Integer> dead = new HashSet<>();
  private final Goodbye goodbye;
  private final Optional<Http2Fault.MaxStreams> maxStreams;
  private final boolean stalledWindow;
  private final Queue<Frame> late = new ArrayDeque<>();
  private boolean holdingBack;
  private boolean blocksBroken;

  FrameFaults(CallRecorder recorder, FaultPlan plan, int connection, Ends ends)
      throws Http2Exception {
    this.recorder = recorder;
    this.plan = plan;
    this.connection = connection;
    this.ends = ends;
    this.requests = new BlockReader();
    this.goodbye = new Goodbye(ends);
    When.Occasion occasion = new When.Occasion(connection, 0, "");
    this.maxStreams = plan.strike(Http2Fault.MaxStreams.class, occasion);
    this.stalledWindow = plan.strike(Http2Fault.StalledWindow.class, occasion).isPresent();
    plan.strike(Http2Fault.LateSettings.class, occasion)
        .ifPresent(fault -> holdBack(fault.delay()));
  }

  void fromClient(Frame frame) {
    switch (frame.type()) {
      case Frame.HEADERS, Frame.CONTINUATION -> requestHeaders(frame);
      case Frame.SETTINGS ->
          ends.toServer(
              frame.has(Frame.ACK) ? frame : with(frame, Frame.SETTINGS_HEADER_TABLE_SIZE, 0));
      case Frame.PING -> {
        if (!goodbye.isOwnPing(frame)) {
          ends.toServer(frame);
        }
      }
      default -> {
        if (frame.stream() != 0 && dead.contains(frame.stream())) {
          giveBack(frame, ends::toClient);
          ends.flush();
          return;
        }
        ends.toServer(frame);
        if (frame.type() == Frame.RST_STREAM) {
          ended(frame.stream());
        }
      }
    }
  }

  void fromServer(Frame frame) {
    if (holdingBack) {
      late.add(frame);
    } else if (dead.contains(frame.stream())) {
      giveBack(frame, ends::toServer);
    } else if (frame.type() == Frame.SETTINGS && !frame.has(Frame.ACK)) {
      ends.toClient(settings(frame));
    } else if (frame.type() == Frame.WINDOW_UPDATE && stalledWindow) {
      return;
    } else {
      StreamFault fault = struck.get(frame.stream());
      if (fault == null) {
        pass(frame);
      } else {
        fault.fromServer(frame);
      }
    }
  }

  void connectionLost() {
    requests.release();
    late.clear();
    struck.clear();
  }

  /** Sends a frame to the client and keeps count of what is open. */
  void pass(Frame frame) {
    ends.toClient(frame);
    boolean endsStream =
        frame.type() == Frame.RST_STREAM
            || ((frame.type() == Frame.DATA || frame.type() == Frame.HEADERS)
                && frame.has(Frame.END_STREAM));
    if (endsStream) {
      ended(frame.stream());
    }
  }

  /** Ends a stream for both sides; whatever either still sends on it is swallowed. */
  void kill(int stream, Http2Code code) {
    dead.add(stream);
    ends.toClient(Frame.reset(stream, code));
    ends.flush();
    ends.toServer(Frame.reset(stream, Http2Code.CANCEL));
    ended(stream);
  }

  private void requestHeaders(Frame frame) {
    if (blocksBroken) {
      ends.toServer(frame);
      return;
    }
    unreadable.add(frame);
    try {
      Optional<Http2Headers> block = requests.read(frame);
      if (block.isPresent()) {
        unreadable.clear();
        request(frame.stream(), block.get(), requests.endStream());
      }
    } catch (Http2Exception | IndexOutOfBoundsException malformed) {
      // The server gets it as it came, and says what is wrong with it.
      blocksBroken = true;
      unreadable.forEach(ends::toServer);
      unreadable.clear();
    }
  }

  private void request(int stream, Http2Headers headers, boolean endStream) {
    if (headers.path() == null) {
      forward(stream, headers, endStream); // Request trailers.
      return;
    }
    if (goodbye.excludes(stream)) {
      dead.add(stream);
      return;
    }
    int call = recorder.number(headers, stream);
    When.Occasion occasion = new When.Occasion(connection, call, String.valueOf(headers.path()));
    Optional<Fault> fault = plan.strikeCall(occasion);
    if (fault.isEmpty()) {
      accept(stream, headers, endStream);
    } else {
      strike(fault.get(), stream, headers, endStream);
    }
  }

  private void strike(Fault fault, int stream, Http2Headers headers, boolean endStream) {
    if (fault instanceof Http2Fault.ResetStream reset && reset.moment() == Moment.BEFORE_HEADERS) {
      dead.add(stream);
      ends.toClient(Frame.reset(stream, reset.code()));
    } else if (fault instanceof GrpcFault.Status status) {
      dead.add(stream);
      ends.toClient(trailersOnly(stream, status));
      if (!endStream) {
        ends.toClient(Frame.reset(stream, Http2Code.NO_ERROR)); // RFC 9113, 8.1: no more, please.
      }
    } else if (fault instanceof Http2Fault.GoAway goAway) {
      if (goAway.goodbye() == Http2Fault.Goodbye.REFUSING) {
        dead.add(stream);
      } else {
        accept(stream, headers, endStream);
      }
      goodbye.say(goAway, stream, open.isEmpty());
    } else {
      struck.put(stream, new StreamFault(fault, stream, this, ends));
      accept(stream, headers, endStream);
    }
    ends.flush();
  }

  private void accept(int stream, Http2Headers headers, boolean endStream) {
    open.add(stream);
    forward(stream, headers, endStream);
  }

  private void forward(int stream, Http2Headers headers, boolean endStream) {
    List<String> fields = new ArrayList<>();
    headers.forEach(
        field -> {
          fields.add(field.getKey().toString());
          fields.add(field.getValue().toString());
        });
    byte[] block = LiteralHeaders.encode(fields.toArray(String[]::new));
    blocks(stream, endStream, block).forEach(ends::toServer);
  }

  /** HEADERS and as many CONTINUATION frames as the block needs. */
  static List<Frame> blocks(int stream, boolean endStream, byte[] block) {
    int room = 16_384;
    int first = Math.min(room, block.length);
    List<Frame> frames = new ArrayList<>();
    int flags =
        (endStream ? Frame.END_STREAM : 0) | (first == block.length ? Frame.END_HEADERS : 0);
    frames.add(new Frame(Frame.HEADERS, flags, stream, Arrays.copyOf(block, first)));
    for (int from = first; from < block.length; from += room) {
      int to = Math.min(block.length, from + room);
      frames.add(
          Frame.continuation(stream, to == block.length, Arrays.copyOfRange(block, from, to)));
    }
    return frames;
  }

  private void ended(int stream) {
    struck.remove(stream);
    open.remove(stream);
    goodbye.streamEnded(open.isEmpty());
  }

  private Frame settings(Frame frame) {
    Frame changed = frame;
    if (maxStreams.isPresent()) {
      changed = with(changed, Frame.SETTINGS_MAX_CONCURRENT_STREAMS, maxStreams.get().streams());
    }
    return stalledWindow ? with(changed, Frame.SETTINGS_INITIAL_WINDOW_SIZE, 0) : changed;
  }

  private void holdBack(Duration delay) {
    holdingBack = true;
    ends.after(
        delay,
        () -> {
          holdingBack = false;
          for (Frame frame = late.poll(); frame != null; frame = late.poll()) {
            fromServer(frame);
          }
          ends.flush();
        });
  }

  // The last value of a setting counts, so adding one is changing it.
  private static Frame with(Frame settings, int id, int value) {
    byte[] addition = Frame.settings(id, value).payload();
    byte[] payload = Arrays.copyOf(settings.payload(), settings.payload().length + addition.length);
    System.arraycopy(addition, 0, payload, settings.payload().length, addition.length);
    return new Frame(Frame.SETTINGS, settings.flags(), 0, payload);
  }

  // Bytes of swallowed DATA have to return to the connection's window, or it starves.
  private static void giveBack(Frame frame, Consumer<Frame> sender) {
    if (frame.type() == Frame.DATA && frame.payload().length > 0) {
      sender.accept(Frame.windowUpdate(0, frame.payload().length));
    }
  }

  private static Frame trailersOnly(int stream, GrpcFault.Status status) {
    List<String> fields =
        new ArrayList<>(
            List.of(
                ":status",
                "200",
                "content-type",
                "application/grpc",
                "grpc-status",
                Integer.toString(status.code())));
    if (!status.message().isEmpty()) {
      fields.addAll(List.of("grpc-message", GrpcText.encode(status.message())));
    }
    if (!status.details().isEmpty()) {
      fields.addAll(List.of("grpc-status-details-bin", status.details()));
    }
    return Frame.headers(stream, true, fields.toArray(String[]::new));
  }
}
