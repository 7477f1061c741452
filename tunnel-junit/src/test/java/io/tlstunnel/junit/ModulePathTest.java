package io.tlstunnel.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The same jars as modules, in a layer of their own. */
final class ModulePathTest {
  private static final Set<String> JARS =
      Set.of("netty-", "bc", "slf4j-api", "jspecify", "tunnel-core");

  @Test
  void worksOnTheModulePathWithoutJunitGrpcAndAssertj() throws Exception {
    Path[] modules =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(ModulePathTest::isWanted)
            .toArray(Path[]::new);
    // The system's modules too: JDK 25 has jdk.crypto.ec, which netty-pkitesting asks for, but does
    // not put it into the boot layer by itself.
    Configuration configuration =
        ModuleLayer.boot()
            .configuration()
            .resolve(
                ModuleFinder.of(modules), ModuleFinder.ofSystem(), Set.of("io.tlstunnel.junit"));
    ModuleLayer layer =
        ModuleLayer.boot()
            .defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader());

    Class<?> testCa = layer.findLoader("io.tlstunnel.junit").loadClass(TestCa.class.getName());
    assertThat(testCa).isNotEqualTo(TestCa.class);
    assertThat(testCa.getModule().isNamed()).isTrue();
    Object ca = testCa.getMethod("create").invoke(null);
    Object certificate =
        testCa.getMethod("server", String[].class).invoke(ca, (Object) new String[] {"a.example"});
    assertThat(certificate).hasToString("TestCert[CN=a.example]");

    Object backend = startScriptedBackend(layer, testCa, ca);
    assertThat(backend.toString()).startsWith("backend.test at 127.0.0.1:");
    backend.getClass().getMethod("close").invoke(backend);
  }

  private static Object startScriptedBackend(ModuleLayer layer, Class<?> testCa, Object ca)
      throws Exception {
    Object builder =
        layer
            .findLoader("io.tlstunnel.junit")
            .loadClass(ScriptedBackend.class.getName())
            .getMethod("builder", testCa)
            .invoke(null, ca);
    return builder.getClass().getMethod("start").invoke(builder);
  }

  private static boolean isWanted(Path path) {
    String text = path.toString();
    String name = path.getFileName().toString();
    boolean ours =
        text.endsWith(Path.of("tunnel-junit", "target", "classes").toString())
            || text.endsWith(Path.of("tunnel-core", "target", "classes").toString());
    boolean mocksOnly = name.contains("http3") || name.contains("quic") || name.contains("mqtt");
    return ours || (JARS.stream().anyMatch(name::startsWith) && !mocksOnly);
  }
}
