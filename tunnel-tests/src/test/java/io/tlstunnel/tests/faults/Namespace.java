package io.tlstunnel.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace of Linux with an address of its own, joined to this machine by a pair of
 * virtual interfaces. Needs root, {@code ip}, {@code iptables} and {@code tc}; where that is
 * missing the test is skipped, except in CI.
 */
final class Namespace implements AutoCloseable {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final String name;
  private final String here;
  private final String subnet;

  private Namespace(String name, String subnet) {
    this.name = name;
    this.here = name + "h";
    this.subnet = subnet;
  }

  static Namespace create() throws IOException {
    long pid = ProcessHandle.current().pid();
    int number = NUMBERS.incrementAndGet();
    // Interface names have 15 letters at most.
    Namespace namespace =
        new Namespace(
            "tl" + pid % 100_000 + "n" + number, "10.213." + pid % 200 + "." + number % 60 * 4);
    String complaint = run("ip", "netns", "add", namespace.name);
    if (!complaint.isEmpty()) {
      return namespace.missing(complaint);
    }
    namespace.join();
    return namespace;
  }

  private Namespace missing(String complaint) {
    String message = "skipped: no network namespace here: " + complaint;
    return "true".equals(System.getenv("CI"))
        ? fail(message + " (with CI=true it must be there: run as root, with iproute2)")
        : abort(message);
  }

  private void join() throws IOException {
    String there = name + "t";
    ok("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name);
    ok("ip", "addr", "add", host(1) + "/30", "dev", here);
    ok("ip", "link", "set", here, "up");
    ok("ip", "-n", name, "addr", "add", address() + "/30", "dev", there);
    ok("ip", "-n", name, "link", "set", there, "up");
    ok("ip", "-n", name, "link", "set", "lo", "up");
  }

  /** The address inside. */
  String address() {
    return host(2);
  }

  private String host(int last) {
    int dot = subnet.lastIndexOf('.') + 1;
    return subnet.substring(0, dot) + (Integer.parseInt(subnet.substring(dot)) + last);
  }

  /** The words that run a command inside. */
  List<String> inside(List<String> command) {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", name));
    words.addAll(command);
    return words;
  }

  /** From now on no packet gets in or out. */
  void dropAll() throws IOException {
    in("iptables", "-A", "INPUT", "-j", "DROP");
    in("iptables", "-A", "OUTPUT", "-j", "DROP");
  }

  /** Packets pass again. */
  void letPass() throws IOException {
    in("iptables", "-F");
  }

  /** What comes out is limited to a rate such as {@code 1mbit}. */
  void limitTo(String rate) throws IOException {
    in(
        "tc",
        "qdisc",
        "add",
        "dev",
        name + "t",
        "root",
        "tbf",
        "rate",
        rate,
        "burst",
        "16kb",
        "latency",
        "400ms");
  }

  private void in(String... command) throws IOException {
    ok(inside(List.of(command)).toArray(String[]::new));
  }

  private static void ok(String... command) throws IOException {
    assertThat(run(command)).as("%s", List.of(command)).isEmpty();
  }

  /** What the command complains of; nothing if it succeeds. */
  private static String run(String... command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException missing) {
      return String.valueOf(missing.getMessage());
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // Its output has ended, and so it has.
    return process.onExit().orTimeout(20, TimeUnit.SECONDS).join().exitValue() == 0
        ? ""
        : "failed: " + output;
  }

  @Override
  public void close() throws IOException {
    run("ip", "link", "del", here);
    ok("ip", "netns", "del", name);
  }
}
