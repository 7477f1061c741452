package io.tlstunnel.tests.cause;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.tests.cause.Cause.InTime;
import io.tlstunnel.tests.cause.Cause.Passed;
import io.tlstunnel.tests.cause.Cause.Sentence;
import io.tlstunnel.tests.cause.Cause.Words;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * The twenty ways in which a route fails most often. Where the tunnel is the one that knows, every
 * client is told stage, peer, cause and remedy in one sentence, and so are event, log and
 * diagnosis. Where the remote has spoken its words pass, and the diagnosis explains them.
 */
@Tag("cause")
class CauseTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** For what ends by the client's deadline only. */
  private static final Duration SHORT_DEADLINE = Duration.ofSeconds(5);

  /** A starved client may take its own deadline for the answer that came shortly before. */
  private static final int ATTEMPTS = 3;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  static Stream<Cause> causes() {
    return Cause.all().stream();
  }

  @BeforeEach
  void listenToTheLog() {
    log.start();
    logger().addAppender(log);
  }

  @AfterEach
  void leaveTheLog() {
    logger().detachAppender(log);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("causes")
  void grpcJavaIsTold(Cause cause, TestReporter reporter) throws Exception {
    isTold(new JavaClient(), cause, reporter);
  }

  @ParameterizedTest(name = "{0}, grpc-python")
  @MethodSource("causes")
  void grpcPythonIsTold(Cause cause, TestReporter reporter, @TempDir Path directory)
      throws Exception {
    isTold(new PythonClient(directory), cause, reporter);
  }

  private void isTold(Client client, Cause cause, TestReporter reporter) throws Exception {
    try (CauseRoute route = cause.route().start()) {
      Told told;
      if (cause.told() instanceof Sentence sentence) {
        told = isToldTheSentence(client, route, sentence);
      } else if (cause.told() instanceof InTime inTime) {
        told = isToldInTime(client, route, inTime);
      } else {
        told = isPassedOn(client, route, (Passed) cause.told());
      }
      reporter.publishEntry(
          cause + ", " + client.getClass().getSimpleName(),
          told.code() + " after " + told.after().toMillis() + " ms: " + told.message());
    }
  }

  private Told isToldTheSentence(Client client, CauseRoute route, Sentence expected)
      throws Exception {
    Told told = client.call(route.tunnel().target(), DEADLINE);

    assertThat(told.code()).as(told.toString()).isEqualTo("UNAVAILABLE");
    assertThat(told.message()).startsWith(named(expected.sentence(), route)).endsWith(")");
    assertThat(told.messages()).isEqualTo(expected.messages());
    assertThat(told.after()).isLessThan(DEADLINE);
    assertThat(failures(route)).extracting(TunnelFailure::message).containsOnly(told.message());
    assertThat(logged()).anySatisfy(line -> assertThat(line).endsWith(": " + told.message()));
    RouteDiagnosis found = route.tunnel().diagnose(DEADLINE);
    assertThat(found.failedAt()).as(found.toString()).isEqualTo(expected.failsAt());
    assertThat(found.toString()).endsWith(told.message());
    return told;
  }

  private static Told isToldInTime(Client client, CauseRoute route, InTime expected)
      throws Exception {
    Told told = client.call(route.tunnel().target(), SHORT_DEADLINE);
    for (int i = 1; i < ATTEMPTS && told.code().equals("DEADLINE_EXCEEDED"); i++) {
      told = client.call(route.tunnel().target(), SHORT_DEADLINE);
    }

    assertThat(told.code()).as(told.toString()).isEqualTo("UNAVAILABLE");
    assertThat(told.message())
        .startsWith(named(expected.beginning(), route))
        .endsWith(expected.remedy());
    assertThat(route.events(TunnelEvent.RequestAnswered.class))
        .extracting(TunnelEvent.RequestAnswered::message)
        .contains(told.message());
    RouteDiagnosis found = route.tunnel().diagnose(Duration.ofSeconds(1));
    assertThat(found.failedAt()).as(found.toString()).isEqualTo(expected.failsAt());
    assertThat(message(found))
        .startsWith(named(expected.beginning(), route))
        .endsWith(expected.remedy());
    return told;
  }

  private Told isPassedOn(Client client, CauseRoute route, Passed expected) throws Exception {
    Words words = client instanceof JavaClient ? expected.java() : expected.python();
    boolean endsByDeadline = words.code().equals("DEADLINE_EXCEEDED");
    Told told =
        client.call(route.tunnel().target(), endsByDeadline ? Duration.ofSeconds(2) : DEADLINE);

    assertThat(told.code()).as(told.toString()).isEqualTo(words.code());
    assertThat(told.message()).contains(words.text());
    assertThat(failures(route)).as("failures of the route, which stands").isEmpty();
    RouteDiagnosis found =
        route.tunnel().diagnose(endsByDeadline ? Duration.ofSeconds(1) : DEADLINE);
    assertThat(found.failedAt()).as(found.toString()).isEqualTo(expected.failsAt());
    assertThat(message(found)).startsWith(named(expected.explained(), route)).endsWith(")");
    assertThat(route.events(TunnelEvent.Diagnosed.class))
        .extracting(TunnelEvent.Diagnosed::failure)
        .containsExactly(found.failure());
    assertThat(logged()).anySatisfy(line -> assertThat(line).endsWith(": " + message(found)));
    return told;
  }

  private static String named(String sentence, CauseRoute route) {
    return sentence.replace("PEER", route.peer());
  }

  private static String message(RouteDiagnosis found) {
    TunnelFailure failure = found.failure();
    return failure == null ? "no failure" : failure.message();
  }

  /** Why routes could not be built, or were lost. */
  private static List<TunnelFailure> failures(CauseRoute route) {
    return Stream.concat(
            route.events(TunnelEvent.RouteFailed.class).stream()
                .map(TunnelEvent.RouteFailed::failure),
            route.events(TunnelEvent.RouteLost.class).stream().map(TunnelEvent.RouteLost::failure))
        .toList();
  }

  private List<String> logged() {
    synchronized (log) {
      return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("io.tlstunnel");
  }
}
