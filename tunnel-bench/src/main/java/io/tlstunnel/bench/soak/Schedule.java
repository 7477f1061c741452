package io.tlstunnel.bench.soak;

import static io.grpc.Status.Code.CANCELLED;
import static io.grpc.Status.Code.DEADLINE_EXCEEDED;
import static io.grpc.Status.Code.INTERNAL;
import static io.grpc.Status.Code.RESOURCE_EXHAUSTED;
import static io.grpc.Status.Code.UNAVAILABLE;
import static io.grpc.Status.Code.UNKNOWN;

import io.grpc.Status;
import io.tlstunnel.bench.soak.Disturbance.DrainTunnel;
import io.tlstunnel.bench.soak.Disturbance.Nothing;
import io.tlstunnel.bench.soak.Disturbance.RestartRemote;
import io.tlstunnel.junit.fault.GrpcFault;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.Http2Fault;
import io.tlstunnel.junit.fault.Http2Fault.Goodbye;
import io.tlstunnel.junit.fault.Http2Fault.Moment;
import io.tlstunnel.junit.fault.NetworkFault;
import io.tlstunnel.junit.fault.NetworkFault.Direction;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.junit.fault.When;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.function.Function;

/**
 * The disturbances of a soak, one for each round: all kinds in an order by chance, then all again
 * in another. The same seed makes the same schedule.
 */
final class Schedule {
  private static final int[] STATUS_CODES = {2, 5, 8, 13, 14};

  private static final List<Function<Random, Disturbance>> KINDS =
      List.of(
          random -> Disturbance.of("nothing", new Nothing()),
          random -> Disturbance.of("the tunnel is drained and started anew", new DrainTunnel()),
          random ->
              Disturbance.of(
                  "the remote is restarted", new RestartRemote(), UNAVAILABLE, CANCELLED),
          Schedule::status,
          Schedule::reset,
          // A client repeats a call once by itself; refused again, it says so.
          random -> Disturbance.fault(Http2Fault.refusedStream(), share(random, 0.1), UNAVAILABLE),
          random -> Disturbance.fault(Http2Fault.goAway(), share(random, 0.02)),
          random ->
              Disturbance.fault(
                  Http2Fault.goAway(Goodbye.TWO_STEP, Http2Code.NO_ERROR), share(random, 0.02)),
          random ->
              Disturbance.fault(
                  Http2Fault.goAway(Goodbye.ABRUPT, Http2Code.INTERNAL_ERROR),
                  share(random, 0.02),
                  UNAVAILABLE,
                  INTERNAL),
          random ->
              Disturbance.fault(
                  Http2Fault.enhanceYourCalm(),
                  share(random, 0.01),
                  UNAVAILABLE,
                  RESOURCE_EXHAUSTED),
          random ->
              Disturbance.fault(
                  Http2Fault.missingTrailers(), share(random, 0.1), UNKNOWN, INTERNAL),
          random ->
              Disturbance.fault(
                  Http2Fault.oversizedHeaders(20_000),
                  share(random, 0.1),
                  INTERNAL,
                  RESOURCE_EXHAUSTED),
          random -> Disturbance.fault(Http2Fault.maxStreams(2), When.always()),
          random ->
              Disturbance.fault(Http2Fault.lateSettings(Duration.ofMillis(300)), When.always()),
          random -> Disturbance.fault(GrpcFault.delay(Duration.ofMillis(200)), share(random, 0.3)),
          random ->
              Disturbance.fault(
                  NetworkFault.delay(Duration.ofMillis(20), Duration.ofMillis(10)), When.always()),
          random ->
              Disturbance.fault(
                  NetworkFault.throttle(500_000L + random.nextInt(500_000)), When.always()),
          random -> Disturbance.fault(NetworkFault.stall(), When.always()),
          // The tunnel is told to send no PINGs, so who only listens in a black hole hears nothing.
          random ->
              Disturbance.fault(
                  NetworkFault.blackhole(), When.always(), UNAVAILABLE, DEADLINE_EXCEEDED),
          random ->
              Disturbance.fault(
                  NetworkFault.resetAfter(direction(random), bytes(random)),
                  When.always(),
                  UNAVAILABLE),
          random ->
              Disturbance.fault(
                  NetworkFault.finAfter(direction(random), bytes(random)),
                  When.always(),
                  UNAVAILABLE),
          random ->
              Disturbance.fault(
                  NetworkFault.corruptByte(direction(random), bytes(random)),
                  When.always(),
                  UNAVAILABLE),
          random -> Disturbance.fault(tls(random), When.always(), UNAVAILABLE));

  private final Random random;
  private final Queue<Function<Random, Disturbance>> cycle = new ArrayDeque<>();

  Schedule(long seed) {
    this.random = new Random(seed);
  }

  Disturbance next() {
    if (cycle.isEmpty()) {
      List<Function<Random, Disturbance>> kinds = new ArrayList<>(KINDS);
      Collections.shuffle(kinds, random);
      cycle.addAll(kinds);
    }
    return cycle.remove().apply(random);
  }

  /** After so many rounds every kind has come. */
  static int kinds() {
    return KINDS.size();
  }

  private static Disturbance status(Random random) {
    int code = STATUS_CODES[random.nextInt(STATUS_CODES.length)];
    return Disturbance.fault(
        GrpcFault.status(code, "by the soak"),
        share(random, 0.1),
        Status.fromCodeValue(code).getCode());
  }

  private static Disturbance reset(Random random) {
    Moment[] moments = {Moment.AFTER_HEADERS, Moment.IN_DATA, Moment.AFTER_DATA};
    Moment moment = moments[random.nextInt(moments.length)];
    return switch (random.nextInt(3)) {
      case 0 -> reset(Http2Code.INTERNAL_ERROR, moment, random, INTERNAL);
      case 1 -> reset(Http2Code.CANCEL, moment, random, CANCELLED);
      default -> reset(Http2Code.ENHANCE_YOUR_CALM, moment, random, RESOURCE_EXHAUSTED);
    };
  }

  private static Disturbance reset(
      Http2Code code, Moment moment, Random random, Status.Code explained) {
    return Disturbance.fault(Http2Fault.reset(code, moment), share(random, 0.1), explained);
  }

  private static TlsFault tls(Random random) {
    TlsFault[] faults = {
      TlsFault.EXPIRED,
      TlsFault.UNTRUSTED,
      TlsFault.WRONG_NAME,
      TlsFault.CLIENT_CERTIFICATE_REFUSED,
      TlsFault.HANDSHAKE_CUT,
      TlsFault.HANDSHAKE_STALL
    };
    return faults[random.nextInt(faults.length)];
  }

  private static When share(Random random, double share) {
    return When.share(share, random.nextLong());
  }

  private static Direction direction(Random random) {
    return random.nextBoolean() ? Direction.REQUEST : Direction.RESPONSE;
  }

  private static long bytes(Random random) {
    return 20_000L + random.nextInt(200_000);
  }
}
