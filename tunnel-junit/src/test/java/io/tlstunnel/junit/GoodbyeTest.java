package io.tlstunnel.junit;

import static io.tlstunnel.junit.fault.Http2Fault.Goodbye.ABRUPT;
import static io.tlstunnel.junit.fault.Http2Fault.Goodbye.ONE_STEP;
import static io.tlstunnel.junit.fault.Http2Fault.Goodbye.REFUSING;
import static io.tlstunnel.junit.fault.Http2Fault.Goodbye.TWO_STEP;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Exception;
import io.tlstunnel.junit.fault.Fault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.When;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection that says goodbye: frames in, frames out. */
final class GoodbyeTest {
  private final FaultPlan plan = new FaultPlan("a test", Set.of(Fault.class), "any fault");
  private final Wire wire = new Wire();
  private FrameFaults faults;

  @BeforeEach
  void connect() throws Http2Exception {
    Traffic traffic = new Traffic("backend.test");
    int connection = traffic.accepted("a client");
    faults = new FrameFaults(new CallRecorder(traffic, connection), plan, connection, wire);
  }

  @AfterEach
  void disconnect() {
    faults.connectionLost();
  }

  @Test
  void streamsBetweenTheTwoGoAwaysAreServedAndTheLastOfThemClosesTheConnection() {
    say(TWO_STEP, 1);
    request(1);
    assertThat(wire.takeServers()).containsExactly(1);
    Frame ping = firstStep();

    request(3);
    request(5);
    assertThat(wire.takeServers()).containsExactly(3, 5);
    respond(1);
    assertThat(wire.takeClients(1)).extracting(Frame::stream).containsExactly(1);

    faults.fromClient(Frame.pingAck(ping.payload()));
    assertThat(wire.takeClients(1)).containsExactly(goAway(5));
    assertThat(wire.takeServers()).as("the server sent no PING").isEmpty();

    request(7);
    assertThat(wire.takeServers()).as("a stream beyond the last GOAWAY").isEmpty();
    respond(3);
    assertThat(wire.closed).isFalse();
    respond(5);
    assertThat(wire.closed).isTrue();
  }

  @Test
  void connectionWithNothingOpenWaitsForTheSecondGoAway() {
    say(TWO_STEP, 1);
    request(1);
    Frame ping = firstStep();
    respond(1);
    request(3);
    respond(3);
    assertThat(wire.takeClients(2)).extracting(Frame::stream).containsExactly(1, 3);
    assertThat(wire.closed).isFalse();

    faults.fromClient(Frame.pingAck(ping.payload()));
    assertThat(wire.takeClients(1)).containsExactly(goAway(3));
    assertThat(wire.closed).isTrue();
  }

  @Test
  void otherPingsPassBetweenTheTwoGoAways() {
    say(TWO_STEP, 1);
    request(1);
    wire.takeServers();
    wire.takeClients(2);

    faults.fromClient(Frame.ping(9));
    faults.fromClient(Frame.pingAck(new byte[8]));
    assertThat(wire.takeServers()).containsExactly(0, 0);
    assertThat(wire.takeClients(0)).isEmpty();
  }

  @Test
  void oneStepServesTheStreamsUpToItsOwnAndNoLaterOne() {
    say(ONE_STEP, 2);
    request(1);
    request(3);
    assertThat(wire.takeServers()).containsExactly(1, 3);
    assertThat(wire.takeClients(1)).containsExactly(goAway(3));

    request(5);
    assertThat(wire.takeServers()).isEmpty();
    respond(3);
    assertThat(wire.closed).isFalse();
    faults.fromClient(Frame.reset(1, Http2Code.CANCEL));
    assertThat(wire.closed).as("a stream that the client resets has ended too").isTrue();
  }

  @Test
  void refusingServesOnlyTheStreamsBefore() {
    say(REFUSING, 2);
    request(1);
    request(3);
    assertThat(wire.takeServers()).containsExactly(1);
    assertThat(wire.takeClients(1)).containsExactly(goAway(1));
    assertThat(wire.closed).isFalse();
    respond(1);
    assertThat(wire.closed).isTrue();
  }

  @Test
  void refusingTheFirstStreamClosesAtOnce() {
    say(REFUSING, 1);
    request(1);
    assertThat(wire.takeServers()).isEmpty();
    assertThat(wire.takeClients(1)).containsExactly(goAway(0));
    assertThat(wire.closed).isTrue();
  }

  @Test
  void abruptClosesAtOnceWhateverIsOpen() {
    say(ABRUPT, 2);
    request(1);
    request(3);
    assertThat(wire.takeClients(1)).containsExactly(goAway(3));
    assertThat(wire.closed).isTrue();
  }

  @Test
  void goodbyeIsSaidOnce() {
    plan.inject(Http2Fault.goAway(TWO_STEP, Http2Code.NO_ERROR), When.always());
    request(1);
    request(3);
    assertThat(wire.takeServers()).containsExactly(1, 3);
    assertThat(wire.takeClients(2).get(0).type()).isEqualTo(Frame.GOAWAY);
  }

  private void say(Http2Fault.Goodbye goodbye, int call) {
    plan.inject(
        new Http2Fault.GoAway(goodbye, Http2Code.ENHANCE_YOUR_CALM, "goodbye"), When.call(call));
  }

  /** The first GOAWAY of two has just come, and a PING behind it. */
  private Frame firstStep() {
    List<Frame> came = wire.takeClients(2);
    assertThat(came.get(0)).isEqualTo(goAway(Integer.MAX_VALUE));
    assertThat(came.get(1).type()).isEqualTo(Frame.PING);
    return came.get(1);
  }

  private static Frame goAway(int lastStream) {
    return Frame.goAway(lastStream, Http2Code.ENHANCE_YOUR_CALM, "goodbye");
  }

  private void request(int stream) {
    faults.fromClient(
        Frame.headers(
            stream, true, ":method", "POST", ":scheme", "https", ":path", "/echo.Echo/Say"));
  }

  private void respond(int stream) {
    faults.fromServer(Frame.trailersOnly(stream, 0, ""));
  }

  /** Both ends of the connection. */
  private static final class Wire implements FrameFaults.Ends {
    private final List<Frame> client = new ArrayList<>();
    private final List<Frame> server = new ArrayList<>();
    private boolean closed;

    /** What has come to the client since: exactly so many frames. */
    List<Frame> takeClients(int count) {
      List<Frame> came = List.copyOf(client);
      client.clear();
      assertThat(came).hasSize(count);
      return came;
    }

    /** The streams of the frames that have come to the server since. */
    List<Integer> takeServers() {
      List<Integer> came = server.stream().map(Frame::stream).toList();
      server.clear();
      return came;
    }

    @Override
    public void toClient(Frame frame) {
      assertThat(closed).as("closed before %s", frame).isFalse();
      client.add(frame);
    }

    @Override
    public void toServer(Frame frame) {
      server.add(frame);
    }

    @Override
    public void flush() {}

    @Override
    public void closeWhenWritten() {
      assertThat(closed).as("closed twice").isFalse();
      closed = true;
    }

    @Override
    public void after(Duration delay, Runnable task) {
      throw new AssertionError("nothing here takes time");
    }
  }
}
