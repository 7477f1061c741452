package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.ServerServiceDefinition;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TunnelState;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Runs the classes below in a JUnit of its own; they are no tests by themselves. */
@Execution(ExecutionMode.SAME_THREAD)
final class TunnelExtensionTest {
  private static final List<TestRoute> SEEN = new CopyOnWriteArrayList<>();

  @BeforeEach
  void forget() {
    SEEN.clear();
  }

  // region eight lines
  @WithRoute(services = Echo.class)
  static class EightLines {
    @Test
    void echoes(ManagedChannel channel) {
      assertThat(Echo.say(channel, "hello")).isEqualTo("hello");
    }
  }

  // endregion

  @Test
  void annotationGivesAChannelInEightLines() {
    assertThat(run(EightLines.class).succeeded().count()).isEqualTo(1);
  }

  static class PerClass {
    @RegisterExtension
    static final TunnelExtension route =
        TunnelExtension.builder()
            .service(new Echo())
            .serverName("store.example")
            .clientSubject("CN=querier")
            .build();

    @BeforeAll
    static void isAlreadyRunning(TestRoute given) {
      SEEN.add(given);
    }

    @Test
    void accessorsAndParametersAreTheSame(
        TestRoute given,
        TlsTunnel tunnel,
        GrpcBackend backend,
        Backend same,
        TestCa ca,
        TestCert clientCert,
        @FromRoute String target,
        @FromRoute int port) {
      SEEN.add(given);
      assertThat(route.route()).isSameAs(given);
      assertThat(route.tunnel()).isSameAs(tunnel);
      assertThat(route.backend()).isSameAs(backend).isSameAs(same);
      assertThat(given.ca()).isSameAs(ca);
      assertThat(clientCert.subject()).isEqualTo("CN=querier");
      assertThat(target).isEqualTo(tunnel.target());
      assertThat(port).isEqualTo(tunnel.port());
      assertThat(Echo.say(route.channel(), "hi")).isEqualTo("hi");
      RecordedCall call = backend.takeCall(Duration.ofSeconds(20));
      assertThat(call.clientPrincipal()).isEqualTo("CN=querier");
      assertThat(call.sni()).isEqualTo("store.example");
      assertThat(call.authority()).isEqualTo("store.example");
    }

    @Test
    void nextTestHasTheSameRoute(TestRoute given) {
      SEEN.add(given);
    }

    @Nested
    class Inner {
      @Test
      void nestedClassHasTheSameRoute(TestRoute given) {
        SEEN.add(given);
      }
    }
  }

  @Test
  void staticFieldGivesOneRoutePerClassAndClosesIt() {
    assertThat(run(PerClass.class).succeeded().count()).isEqualTo(3);
    assertThat(SEEN).hasSize(4);
    assertThat(SEEN.stream().distinct()).hasSize(1);
    assertThat(SEEN.get(0).tunnel().state()).isEqualTo(TunnelState.CLOSED);
    assertThat(SEEN.get(0).channel().isTerminated()).isTrue();
    assertThatThrownBy(PerClass.route::route)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("annotate its field with @RegisterExtension");
  }

  static class PerMethod {
    @RegisterExtension
    final TunnelExtension route = TunnelExtension.builder().service(new Echo()).build();

    @Test
    void first() {
      SEEN.add(route.route());
    }

    @Test
    void second() {
      SEEN.add(route.route());
    }
  }

  @Test
  void instanceFieldGivesOneRoutePerMethod() {
    assertThat(run(PerMethod.class).succeeded().count()).isEqualTo(2);
    assertThat(SEEN.stream().distinct()).hasSize(2);
    assertThat(SEEN).allMatch(route -> route.tunnel().state() == TunnelState.CLOSED);
  }

  static class Concurrent {
    @RegisterExtension
    final TunnelExtension own = TunnelExtension.builder().service(new Echo()).build();

    @RepeatedTest(6)
    void eachHasItsOwn(TestRoute given) {
      assertThat(given).isSameAs(own.route());
      SEEN.add(given);
      assertThat(Echo.say(given.channel(), "p")).isEqualTo("p");
      assertThat(given.backend().calls()).hasSize(1);
    }
  }

  @Test
  void parallelTestsDoNotDisturbEachOther() {
    Events tests =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(Concurrent.class))
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
            .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
            .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
            .configurationParameter(
                "junit.jupiter.execution.parallel.config.fixed.parallelism", "3")
            .execute()
            .testEvents();
    assertThat(tests.succeeded().count()).isEqualTo(6);
    assertThat(SEEN.stream().distinct()).hasSize(6);
  }

  @Test
  void warmStartTakesLessThan300Milliseconds() {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      try (TestRoute route = TestRoute.builder().service(new Echo()).start()) {
        best = Math.min(best, System.nanoTime() - start);
        assertThat(route.port()).isPositive();
      }
    }
    System.out.println("CA, backend and tunnel start within " + best / 1_000_000.0 + " ms");
    assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(300));
  }

  static class SeveralRoutes {
    @RegisterExtension
    static final TunnelExtension east =
        TunnelExtension.builder().name("east").serverName("east.example").build();

    @RegisterExtension
    static final TunnelExtension west =
        TunnelExtension.builder().name("west").serverName("west.example").build();

    @Test
    void eachIsFoundByItsName(@FromRoute("east") Backend first, @FromRoute("west") Backend second) {
      assertThat(first.serverName()).isEqualTo("east.example");
      assertThat(second.serverName()).isEqualTo("west.example");
    }

    @Test
    void withoutANameItFails(Backend which) {
      assertThat(which).isNull();
    }

    @Test
    void withAnUnknownNameItFails(@FromRoute("south") Backend which) {
      assertThat(which).isNull();
    }
  }

  @Test
  void severalRoutesAreToldApartByName() {
    Events tests = run(SeveralRoutes.class);
    assertThat(tests.succeeded().count()).isEqualTo(1);
    assertThat(failures(tests))
        .containsExactlyInAnyOrder(
            "2 routes are running (east, west): say which one with @FromRoute(\"east\")",
            "@FromRoute(\"south\"): no such route (expected one of: east, west)");
  }

  @WithRoute(name = "east", serverName = "east.example", services = Echo.class)
  @WithRoute(name = "west", serverName = "west.example", services = Echo.class)
  static class RepeatedAnnotation {
    @Test
    @WithRoute(name = "mine", serverName = "mine.example")
    void methodAddsOne(
        @FromRoute("east") Backend first,
        @FromRoute("mine") Backend mine,
        @FromRoute("west") TestRoute west) {
      assertThat(first.serverName()).isEqualTo("east.example");
      assertThat(mine.serverName()).isEqualTo("mine.example");
      assertThat(Echo.say(west.channel(), "w")).isEqualTo("w");
      SEEN.add(west);
    }
  }

  @Test
  void annotationsOnClassAndMethodAddUp() {
    assertThat(run(RepeatedAnnotation.class).succeeded().count()).isEqualTo(1);
    assertThat(SEEN).allMatch(route -> route.tunnel().state() == TunnelState.CLOSED);
  }

  static class ForgottenAnnotation {
    static final TunnelExtension route = TunnelExtension.builder().build();

    @Test
    void isUsedBeforeItIsStarted() {
      assertThat(route.backend()).isNotNull();
    }
  }

  @Test
  void routeThatNothingHasStartedSaysHowToHaveItStarted() {
    assertThat(failures(run(ForgottenAnnotation.class)))
        .containsExactly(
            "this TunnelExtension has started nothing: annotate its field with @RegisterExtension, and"
                + " make it static if it is used outside of test methods");
  }

  static class FieldAndAnnotation {
    @RegisterExtension
    static final TunnelExtension field = TunnelExtension.builder().name("field").build();

    @Test
    @WithRoute(name = "mine", services = Echo.class)
    void methodAddsOne(@FromRoute("mine") TestRoute mine, @FromRoute("field") TestRoute first) {
      assertThat(Echo.say(mine.channel(), "m")).isEqualTo("m");
      assertThat(first).isSameAs(field.route());
      SEEN.add(mine);
    }
  }

  @Test
  void annotationAddsToAField() {
    assertThat(run(FieldAndAnnotation.class).succeeded().count()).isEqualTo(1);
    assertThat(SEEN).hasSize(1).allMatch(r -> r.tunnel().state() == TunnelState.CLOSED);
  }

  static class WrongParameters {
    @RegisterExtension static final TunnelExtension route = TunnelExtension.builder().build();

    @Test
    void unknownType(@FromRoute StringBuilder what) {
      assertThat(what).isNull();
    }
  }

  @Test
  void parameterTypeThatNoRouteHasListsThoseThatItHas() {
    assertThat(failures(run(WrongParameters.class)))
        .containsExactly(
            "a route has no java.lang.StringBuilder (expected: " + RouteParameter.TYPES + ")");
  }

  @ExtendWith(TunnelExtension.class)
  static class NothingToStart {
    @Test
    void fails() {}
  }

  @Test
  void bareExtendWithSaysWhatToUseInstead() {
    assertThat(failures(run(NothingToStart.class)))
        .singleElement()
        .asString()
        .contains("has nothing to start: use @WithRoute(services = ...)");
  }

  @WithRoute(services = NeedsAnArgument.class)
  static class ServiceWithoutConstructor {
    @Test
    void fails() {}
  }

  record NeedsAnArgument(String argument) implements BindableService {
    @Override
    public ServerServiceDefinition bindService() {
      return new Echo().bindService();
    }
  }

  @Test
  void serviceThatCannotBeMadeIsNamed() {
    Events containers =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(ServiceWithoutConstructor.class))
            .execute()
            .containerEvents();
    assertThat(failures(containers))
        .containsExactly(
            "@WithRoute(services = NeedsAnArgument.class): the class needs a constructor without"
                + " parameters, and must be static if it is nested");
  }

  @WithRoute(services = Echo.class, clientSubject = "CN=querier")
  static class Fails {
    @Test
    void afterOneCall(ManagedChannel channel) {
      Echo.say(channel, "x");
      throw new AssertionError("on purpose");
    }
  }

  @Test
  void failedTestPrintsWhatTheRouteSaw() {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      run(Fails.class);
    } finally {
      System.setErr(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("afterOneCall")
        .contains("route default: 127.0.0.1:")
        .contains("backend.test at 127.0.0.1:")
        .contains("client CN=querier")
        .contains("certificate CN=backend.test of CN=tlstunnel test CA, valid from ")
        .contains("; clients need one of CN=tlstunnel test CA")
        .contains("call /echo.Echo/Say to backend.test on connection 1")
        .contains("route default: route to 127.0.0.1:", "as backend.test: stands, after ")
        .contains("ok      client certificate", "gRPC, without a health service");
  }

  @Test
  void serviceAndBackendExcludeEachOther() {
    assertThatThrownBy(
            () ->
                TestRoute.builder()
                    .service(new Echo())
                    .backend(ca -> GrpcBackend.builder(ca).start())
                    .start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("service(...) and backend(...) are mutually exclusive");
  }

  private static Events run(Class<?> tests) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(tests))
        .execute()
        .testEvents();
  }

  private static List<String> failures(Events events) {
    return events.failed().stream()
        .map(
            event ->
                event
                    .getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class)
                    .getThrowable()
                    .map(Throwable::getMessage)
                    .orElse("no exception"))
        .toList();
  }
}
