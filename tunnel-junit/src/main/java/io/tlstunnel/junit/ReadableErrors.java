package io.tlstunnel.junit;

import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Turns answers that are not gRPC, such as MockServer's to an unmatched call, into a gRPC status.
 */
final class ReadableErrors implements FrameFaults.Ends {
  private final FrameFaults.Ends ends;
  private final String remedy;
  private final BlockReader responses;
  private final Set<Integer> answered = new HashSet<>();

  ReadableErrors(FrameFaults.Ends ends, String remedy) throws Http2Exception {
    this.ends = ends;
    this.remedy = remedy;
    this.responses = new BlockReader();
  }

  @Override
  public void toClient(Frame frame) {
    if (answered.contains(frame.stream())) {
      if (frame.type() == Frame.DATA && frame.payload().length > 0) {
        ends.toServer(Frame.windowUpdate(0, frame.payload().length));
      }
      return;
    }
    Optional<CharSequence> httpError = httpError(frame);
    if (httpError.isPresent()) {
      answered.add(frame.stream());
      String message = "MockServer answered HTTP " + httpError.get() + ": " + remedy;
      ends.toClient(Frame.trailersOnly(frame.stream(), 12, GrpcText.encode(message)));
    } else {
      ends.toClient(frame);
    }
  }

  private Optional<CharSequence> httpError(Frame frame) {
    if (frame.type() != Frame.HEADERS && frame.type() != Frame.CONTINUATION) {
      return Optional.empty();
    }
    try {
      return responses
          .read(frame)
          .map(Http2Headers::status)
          .filter(status -> !status.toString().equals("200"));
    } catch (Http2Exception | IndexOutOfBoundsException e) {
      return Optional.empty(); // The client says what is wrong with it.
    }
  }

  @Override
  public void toServer(Frame frame) {
    ends.toServer(frame);
  }

  @Override
  public void flush() {
    ends.flush();
  }

  @Override
  public void closeWhenWritten() {
    ends.closeWhenWritten();
  }

  @Override
  public void after(Duration delay, Runnable task) {
    ends.after(delay, task);
  }
}
