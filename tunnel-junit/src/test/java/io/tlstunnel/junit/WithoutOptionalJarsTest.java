package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The same classes on a class path that lacks one of the optional jars. */
final class WithoutOptionalJarsTest {
  @Test
  void withoutGrpcServicesHealthNamesTheJar() throws Exception {
    assertThat(answer(BuildsHealth.class, "grpc-services-"))
        .isEqualTo(
            "java.lang.IllegalStateException: health() needs grpc-java's own services: add"
                + " io.grpc:grpc-services (tried: 1.85.1) to the test dependencies");
  }

  @Test
  void withoutGrpcJavaAGrpcBackendNamesTheJars() throws Exception {
    assertThat(answer(StartsGrpcBackend.class, "grpc-"))
        .isEqualTo(
            "java.lang.IllegalStateException: GrpcBackend needs grpc-java: add io.grpc:grpc-netty and"
                + " io.grpc:grpc-stub (tried: 1.85.1) to the test dependencies");
  }

  @Test
  void withoutGrpcJavaTheExtensionRunsAScriptedBackend() throws Exception {
    assertThat(answer(RunsAScriptedRoute.class, "grpc-")).isEqualTo("1 passed");
  }

  @Test
  void withoutMockServerAMockServerBackendNamesTheJar() throws Exception {
    assertThat(answer(StartsMockServerBackend.class, "mockserver-"))
        .isEqualTo(
            "java.lang.IllegalStateException: MockServerBackend needs MockServer: add"
                + " org.mock-server:mockserver-netty (tried: 7.6.0) to the test dependencies");
  }

  /** Called through a class loader of its own. */
  static final class BuildsHealth implements Callable<String> {
    @Override
    public String call() {
      GrpcBackend.builder(TestCa.create()).health();
      return "built";
    }
  }

  static final class StartsGrpcBackend implements Callable<String> {
    @Override
    public String call() {
      return GrpcBackend.builder(TestCa.create()).start().toString();
    }
  }

  static final class StartsMockServerBackend implements Callable<String> {
    @Override
    public String call() {
      return MockServerBackend.start(TestCa.create()).toString();
    }
  }

  static final class RunsAScriptedRoute implements Callable<String> {
    static class Scripted {
      @RegisterExtension
      static final TunnelExtension route =
          TunnelExtension.builder().backend(ca -> ScriptedBackend.builder(ca).start()).build();

      @Test
      void runs(ScriptedBackend backend, @FromRoute int port) {
        assertThat(backend.port()).isNotEqualTo(port);
      }
    }

    @Override
    public String call() {
      Events tests =
          EngineTestKit.engine("junit-jupiter")
              .selectors(DiscoverySelectors.selectClass(Scripted.class))
              .execute()
              .allEvents();
      return tests
          .failed()
          .map(
              event ->
                  event
                      .getRequiredPayload(TestExecutionResult.class)
                      .getThrowable()
                      .map(String::valueOf)
                      .orElse("no exception"))
          .findFirst()
          .orElseGet(
              () ->
                  tests.succeeded().filter(e -> e.getTestDescriptor().isTest()).count()
                      + " passed");
    }
  }

  /** What a class of this file answers where jars with a certain name are missing. */
  private static String answer(Class<? extends Callable<String>> question, String missingJars)
      throws Exception {
    URL[] classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> !path.getFileName().toString().startsWith(missingJars))
            .map(WithoutOptionalJarsTest::url)
            .toArray(URL[]::new);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader classes =
        new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
      thread.setContextClassLoader(classes);
      var constructor = classes.loadClass(question.getName()).getDeclaredConstructor();
      constructor.setAccessible(true);
      return (String) ((Callable<?>) constructor.newInstance()).call();
    } catch (IllegalStateException | LinkageError e) {
      return e.toString();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
