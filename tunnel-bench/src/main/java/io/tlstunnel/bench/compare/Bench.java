package io.tlstunnel.bench.compare;

import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The place of one comparison: its folder, certificates, limits, and how programs are started in
 * it.
 */
record Bench(Path module, Path work, int files) {
  /** What the remote is called in SNI, certificate and authority. */
  static final String NAME = "remote.test";

  /** The tunnel's JVM: as small as beside an application. */
  private static final List<String> TUNNEL_JVM =
      List.of(
          "-XX:+UseSerialGC",
          // The relay allocates next to nothing: a small young generation, and nothing in reserve.
          "-Xms4m",
          "-Xmx256m",
          "-Xmn2m",
          "-XX:MinHeapFreeRatio=10",
          "-XX:MaxHeapFreeRatio=20",
          "-Xss256k",
          "-XX:ReservedCodeCacheSize=24m",
          "-XX:CICompilerCount=2",
          // Four times what the JVM waits for: what only the start needs is not optimised.
          "-XX:Tier4InvocationThreshold=20000",
          "-XX:Tier4MinInvocationThreshold=6000",
          "-XX:Tier4CompileThreshold=60000",
          "-XX:Tier4BackEdgeThreshold=400000",
          // What compiling took goes back to the system; older than 17.0.9 cannot do that.
          "-XX:+IgnoreUnrecognizedVMOptions",
          "-XX:TrimNativeHeapInterval=2000",
          "-XX:-UsePerfData",
          // Archived classes stay where they were written: a moved archive is a copy of its own.
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:ArchiveRelocationMode=0",
          // A stack trace for one buffer in 128 is for finding leaks, which the tests do.
          "-Dio.netty.leakDetection.level=disabled",
          "-Dio.netty.jfr.enabled=false",
          "-Dio.netty.allocator.numDirectArenas=1",
          "-Dio.netty.allocator.numHeapArenas=0",
          "--enable-native-access=ALL-UNNAMED");

  /** What a tunnel needs, of all that the bench needs; a class archive pays for every jar. */
  private static final Pattern TUNNEL_JARS =
      Pattern.compile(
          ".*/(tunnel-core|tunnel-bench|netty-(?!pkitesting|handler-proxy|codec-socks)|slf4j|jspecify)[^/]*");

  static Bench open(Path module) throws IOException {
    Path work = Files.createDirectories(module.resolve("target").resolve("compare")).toRealPath();
    Bench bench = new Bench(module, work, openFileLimit());
    bench.mint();
    return bench;
  }

  Path pki() {
    return work.resolve("pki");
  }

  /** How many connections a proxy can hold: two sockets each, and some files of its own. */
  int connections() {
    return files / 2 - 100;
  }

  Path configuration(String template, int listen, int upstream) throws IOException {
    String text = Files.readString(module.resolve("peers").resolve(template));
    Map<String, String> values =
        Map.of(
            "listen", String.valueOf(listen),
            "upstream", String.valueOf(upstream),
            "name", NAME,
            "pki", pki().toString(),
            "work", work.toString(),
            "user", System.getProperty("user.name"),
            "files", String.valueOf(files),
            "connections", String.valueOf(connections()));
    for (Map.Entry<String, String> value : values.entrySet()) {
      text = text.replace("${" + value.getKey() + "}", value.getValue());
    }
    return Files.writeString(work.resolve(listen + "-" + template), text);
  }

  List<String> tunnelCommand(int listen, int upstream, int loops, String... options) {
    List<String> command = tunnelJava(options);
    if (Files.exists(archive()) && options.length == 0) {
      command.add("-XX:SharedArchiveFile=" + archive());
    }
    command.add(TunnelProcess.class.getName());
    command.addAll(
        List.of(
            String.valueOf(listen),
            String.valueOf(upstream),
            String.valueOf(loops),
            pki().toString()));
    return command;
  }

  /** The tunnel's JVM, which still lacks its main class. */
  List<String> tunnelJava(String... options) {
    List<String> command = new ArrayList<>();
    // One arena for the C library's heap, not one for each thread.
    command.addAll(List.of("/usr/bin/env", "MALLOC_ARENA_MAX=1"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(TUNNEL_JVM);
    command.add("-cp");
    command.add(
        Stream.of(System.getProperty("java.class.path").split(":", -1))
            .filter(TUNNEL_JARS.asMatchPredicate())
            .collect(Collectors.joining(":")));
    command.addAll(List.of(options));
    return command;
  }

  /** Class-data sharing: what the tunnel's process loads, ready for mapping. */
  Path archive() {
    return work.resolve("tunnel.jsa");
  }

  private void mint() throws IOException {
    Files.createDirectories(pki());
    TestCa ca = TestCa.create("CN=compare");
    TestCert server = ca.server(NAME);
    TestCert client = ca.client("observer");
    Files.writeString(pki().resolve("ca.pem"), ca.pem());
    write("server", server);
    write("client", client);
  }

  private void write(String name, TestCert certificate) throws IOException {
    Files.writeString(pki().resolve(name + ".pem"), certificate.chainPem());
    Files.writeString(pki().resolve(name + ".key"), certificate.keyPem());
    // HAProxy wants both in one file.
    Files.writeString(
        pki().resolve(name + "-bundle.pem"), certificate.chainPem() + certificate.keyPem());
  }

  private static int openFileLimit() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> Integer.parseInt(line.split("\\s{2,}", -1)[1]))
        .findFirst()
        .orElse(1024);
  }
}
