package io.tlstunnel.internal.relay;

import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * When a connection ends for which there is no room: in a pause, since many clients lose the
 * requests that cross a GOAWAY.
 *
 * <p>Before the first request it waits longer. A GOAWAY that comes ahead of that names no stream,
 * which tells a client to send what is on its way again: on a new connection, at once, and for as
 * long as connections are refused faster than its requests travel.
 */
final class Refusal {
  private static final long PAUSE_MILLIS = 200;
  private static final long FIRST_REQUEST_MILLIS = 1_000;

  /** So long it may go on without a pause. */
  private static final long LAST_MILLIS = 10_000;

  private final EventLoop loop;
  private final IntSupplier lastStream;
  private final Runnable end;
  private final long began = System.nanoTime();
  private int seen;
  private Future<?> look;

  /**
   * @param lastStream the highest stream that the client has opened
   * @param end ends the connection, unless that is {@linkplain #stop stopped} before
   */
  Refusal(EventLoop loop, IntSupplier lastStream, Runnable end) {
    this.loop = loop;
    this.lastStream = lastStream;
    this.end = end;
    this.look = loop.schedule(this::look, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  void stop() {
    look.cancel(false);
  }

  private void look() {
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    int last = lastStream.getAsInt();
    boolean pause = last == seen && (last > 0 || millis >= FIRST_REQUEST_MILLIS);
    if (pause || millis >= LAST_MILLIS) {
      end.run();
      return;
    }
    seen = last;
    look = loop.schedule(this::look, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }
}
