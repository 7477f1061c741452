package io.tlstunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoopGroup;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every argument is judged by the call that is wrong, with a message that one can act on. */
class BuilderChecksTest {
  private static final String GROUPS =
      " (expected: some of [X25519, X448, secp256r1, secp384r1, secp521r1, X25519MLKEM768])";
  private static final String HOST = " (expected: a host name or an IP address, nothing else)";
  private static final String SNI = " (expected: a DNS name; TLS has no SNI for addresses)";
  private static final String AUTHORITY = " (expected: host or host:port)";
  private static final String TIME = " (expected: 1 ms to 1 day)";
  private static final String LIST = " (expected: 1024-1048576)";
  private static final Duration SECOND = Duration.ofSeconds(1);

  static Stream<Arguments> badArguments() {
    return Stream.of(
        bad("port: -1 (expected: 0-65535)", b -> b.listen(-1)),
        bad("port: 65536 (expected: 0-65535)", b -> b.listen(65_536)),
        bad("port: 65536 (expected: 0-65535)", b -> b.listen("127.0.0.1", 65_536)),
        bad("host: 'a b'" + HOST, b -> b.listen("a b", 1)),
        bad("host: ''" + HOST, b -> b.listen("", 1)),
        bad("port: 0 (expected: 1-65535)", b -> b.upstream("a.test", 0)),
        bad("port: 65536 (expected: 1-65535)", b -> b.upstream("a.test", 65_536)),
        bad("host: 'https://a.test'" + HOST, b -> b.upstream("https://a.test", 443)),
        bad("host: 'a.test:443'" + HOST, b -> b.upstream("a.test:443", 443)),
        bad("host: 'a..test'" + HOST, b -> b.upstream("a..test", 443)),
        bad("host: '[::1'" + HOST, b -> b.upstream("[::1", 443)),
        bad("sni: '10.0.0.1'" + SNI, b -> b.sni("10.0.0.1")),
        bad("sni: '::1'" + SNI, b -> b.sni("::1")),
        bad("sni: 'my_host'" + SNI, b -> b.sni("my_host")),
        bad("sni: 'a-.test'" + SNI, b -> b.sni("a-.test")),
        bad("sni: ''" + SNI, b -> b.sni("")),
        bad("sni: 'a.test/'" + SNI, b -> b.sni("a.test/")),
        bad("authority: ''" + AUTHORITY, b -> b.authority("")),
        bad("authority: 'a.test/x'" + AUTHORITY, b -> b.authority("a.test/x")),
        bad("authority: 'me@a.test'" + AUTHORITY, b -> b.authority("me@a.test")),
        bad("authority: 'a\r\nb: c'" + AUTHORITY, b -> b.authority("a\r\nb: c")),
        bad("authority: 'ä.test'" + AUTHORITY, b -> b.authority("ä.test")),
        bad("connectTimeout: PT0S" + TIME, b -> b.connectTimeout(Duration.ZERO)),
        bad("connectTimeout: PT48H" + TIME, b -> b.connectTimeout(Duration.ofDays(2))),
        bad("keepAlive interval: PT0S" + TIME, b -> b.keepAlive(Duration.ZERO, SECOND)),
        bad("keepAlive timeout: PT-1S" + TIME, b -> b.keepAlive(SECOND, SECOND.negated())),
        bad(
            "deadPeerTimeout: PT1.999S (expected: 2 s to 1 day)",
            b -> b.deadPeerTimeout(Duration.ofMillis(1_999))),
        bad(
            "deadPeerTimeout: PT25H (expected: 2 s to 1 day)",
            b -> b.deadPeerTimeout(Duration.ofHours(25))),
        bad("idleTimeout: PT0S" + TIME, b -> b.idleTimeout(Duration.ZERO)),
        bad("maxConnectionAge: PT25H" + TIME, b -> b.maxConnectionAge(Duration.ofHours(25))),
        bad("drainOnShutdown: PT0S" + TIME, b -> b.drainOnShutdown(Duration.ZERO)),
        bad("maxHeaderListSize: 1023" + LIST, b -> Limits.defaults().maxHeaderListSize(1_023)),
        bad(
            "maxHeaderListSize: 1048577" + LIST,
            b -> Limits.defaults().maxHeaderListSize(1_048_577)),
        bad("maxHeaderFields: 9 (expected: 10-10000)", b -> Limits.defaults().maxHeaderFields(9)),
        bad(
            "maxHeaderFields: 10001 (expected: 10-10000)",
            b -> Limits.defaults().maxHeaderFields(10_001)),
        bad(
            "maxContinuationFrames: 0 (expected: 1-10000)",
            b -> Limits.defaults().maxContinuationFrames(0)),
        bad("maxOpenStreams: 0 (expected: 1-1000000)", b -> Limits.defaults().maxOpenStreams(0)),
        bad("maxConnections: -1 (expected: 1-1000000)", b -> Limits.defaults().maxConnections(-1)),
        bad(
            "maxBufferedBytes: 65535 (expected: 65536-1099511627776)",
            b -> Limits.defaults().maxBufferedBytes(65_535)),
        bad(
            "maxBufferedBytes: 1099511627777 (expected: 65536-1099511627776)",
            b -> Limits.defaults().maxBufferedBytes((1L << 40) + 1)),
        bad("prefaceTimeout: PT0S" + TIME, b -> Limits.defaults().prefaceTimeout(Duration.ZERO)),
        bad("headerTimeout: PT0S" + TIME, b -> Limits.defaults().headerTimeout(Duration.ZERO)),
        bad("stallTimeout: PT0S" + TIME, b -> Limits.defaults().stallTimeout(Duration.ZERO)),
        bad("tlsVersions: [] (expected: some of [TLSv1.2, TLSv1.3])", b -> b.tlsVersions()),
        bad(
            "tlsVersions: [TLSv1.3, TLSv1.1] (expected: some of [TLSv1.2, TLSv1.3])",
            b -> b.tlsVersions("TLSv1.3", "TLSv1.1")),
        bad("tlsCiphers: [] (expected: at least one cipher suite)", b -> b.tlsCiphers()),
        bad("tlsGroups: []" + GROUPS, b -> b.tlsGroups()),
        bad("tlsGroups: [X25519, P-256]" + GROUPS, b -> b.tlsGroups("X25519", "P-256")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badArguments")
  void badArgumentIsRefusedWhereItIsGiven(String message, Consumer<TlsTunnelBuilder> call) {
    assertThatThrownBy(() -> call.accept(TlsTunnel.builder()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource({
    "a.test, 8443, a.test",
    "a.test., 443, a.test",
    "bücher.test, 443, xn--bcher-kva.test",
    "10.0.0.7, 443, 10.0.0.7",
    "10.0.0.7, 8443, 10.0.0.7:8443",
    "::1, 443, [::1]",
    "[::1], 8443, [::1]:8443",
    "fe80::1%eth0, 443, [fe80::1]"
  })
  void authorityIsTheHostAsAnyClientWouldNameIt(String host, int port, String authority) {
    assertThat(TlsTunnelBuilder.authorityOf(Checks.host(host, "host"), port)).isEqualTo(authority);
  }

  @SuppressWarnings("NullAway") // what a caller without it may do
  static Stream<Arguments> nulls() {
    return Stream.of(
        bad("host", b -> b.listen(null, 1)),
        bad("host", b -> b.upstream(null, 1)),
        bad("sni", b -> b.sni(null)),
        bad("authority", b -> b.authority(null)),
        bad("trust pem", b -> b.trust((Path) null)),
        bad("clientCert chain", b -> b.clientCert(null, Path.of("key.pem"))),
        bad("clientCert key", b -> b.clientCert(Path.of("chain.pem"), null)),
        bad("tlsVersions", b -> b.tlsVersions((String[]) null)),
        bad("tlsVersions[1]", b -> b.tlsVersions("TLSv1.3", null)),
        bad("tlsCiphers[0]", b -> b.tlsCiphers((String) null)),
        bad("tlsGroups[0]", b -> b.tlsGroups((String) null)),
        bad("connectTimeout", b -> b.connectTimeout(null)),
        bad("resolver", b -> b.resolver(null)),
        bad("eventLoopGroup", b -> b.eventLoopGroup(null)),
        bad("listener", b -> b.listener(null)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nulls")
  void nullIsRefusedByItsName(String name, Consumer<TlsTunnelBuilder> call) {
    assertThatThrownBy(() -> call.accept(TlsTunnel.builder()))
        .isInstanceOf(NullPointerException.class)
        .hasMessage(name + ": null (expected: a value)");
  }

  @SuppressWarnings("deprecation") // Netty 4.1 has no other group that opens nothing
  static Stream<Arguments> twice() {
    EventLoopGroup group = new DefaultEventLoopGroup(1);
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    TestCa ca = TestCa.create("Twice CA");
    Issued client = ca.client("me");
    return Stream.of(
        bad("listen was already set to 127.0.0.1:10000", b -> b.listen(10_000)),
        bad("listen was already set to [::1]:7", b -> b.listen("::1", 7)),
        bad("upstream was already set to a.test:443", b -> b.upstream("a.test", 443)),
        bad("sni was already set to a.test", b -> b.sni("a.test")),
        bad("authority was already set to a.test:1", b -> b.authority("a.test:1")),
        bad("preserveAuthority was already set to true", b -> b.preserveAuthority()),
        bad("trust was already set to", b -> b.trust(ServerTrust.system())),
        bad(
            "clientCert was already set to",
            b -> b.clientCert(ClientCert.of(client.key(), client.chain()))),
        bad("tlsVersions was already set to [TLSv1.3]", b -> b.tlsVersions("TLSv1.3")),
        bad("tlsCiphers was already set to [X]", b -> b.tlsCiphers("X")),
        bad("tlsGroups was already set to [x25519]", b -> b.tlsGroups("x25519")),
        bad("connectTimeout was already set to PT1S", b -> b.connectTimeout(SECOND)),
        bad("keepAlive was already set to PT1S", b -> b.keepAlive(SECOND, SECOND)),
        bad(
            "deadPeerTimeout was already set to PT3S",
            b -> b.deadPeerTimeout(Duration.ofSeconds(3))),
        bad("idleTimeout was already set to PT1S", b -> b.idleTimeout(SECOND)),
        bad("maxConnectionAge was already set to PT1S", b -> b.maxConnectionAge(SECOND)),
        bad("drainOnShutdown was already set to PT1S", b -> b.drainOnShutdown(SECOND)),
        bad(
            "limits was already set to Limits[maxHeaderListSize=65536, maxHeaderFields=100,"
                + " maxContinuationFrames=128, maxOpenStreams=16384, maxConnections=7,"
                + " maxBufferedBytes="
                + Limits.defaults().maxBufferedBytes()
                + ", prefaceTimeout=PT10S, headerTimeout=PT10S, stallTimeout=PT5M]",
            b -> b.limits(Limits.defaults().maxConnections(7))),
        bad("eventLoopGroup was already set to", b -> b.eventLoopGroup(group)),
        bad("listener was already set to", b -> b.listener(event -> {})));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("twice")
  void optionCannotBeSetTwice(String message, Consumer<TlsTunnelBuilder> call) {
    TlsTunnelBuilder builder = TlsTunnel.builder();
    call.accept(builder);
    assertThatThrownBy(() -> call.accept(builder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(message);
  }

  private static Arguments bad(String message, Consumer<TlsTunnelBuilder> call) {
    return Arguments.of(message, call);
  }

  @Test
  void refusedValueLeavesTheOptionUnset() {
    TlsTunnelBuilder builder = TlsTunnel.builder();
    assertThatThrownBy(() -> builder.keepAlive(SECOND, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(builder.keepAlive(SECOND, SECOND)).isSameAs(builder);
  }

  @Test
  void changingOneLimitGivesACopyThatKeepsTheOthers() {
    Limits changed =
        Limits.defaults()
            .maxHeaderListSize(2_000)
            .maxHeaderFields(20)
            .maxContinuationFrames(3)
            .maxOpenStreams(4)
            .maxConnections(5)
            .maxBufferedBytes(70_000)
            .prefaceTimeout(SECOND)
            .headerTimeout(SECOND.multipliedBy(2))
            .stallTimeout(SECOND.multipliedBy(3));
    assertThat(changed)
        .hasToString(
            "Limits[maxHeaderListSize=2000, maxHeaderFields=20, maxContinuationFrames=3,"
                + " maxOpenStreams=4, maxConnections=5, maxBufferedBytes=70000,"
                + " prefaceTimeout=PT1S, headerTimeout=PT2S, stallTimeout=PT3S]");
    assertThat(Limits.defaults().maxHeaderListSize()).isEqualTo(65_536);
    assertThat(Limits.defaults().maxBufferedBytes())
        .as("a quarter of direct memory, which is as much as the heap's unless told otherwise")
        .isEqualTo(Runtime.getRuntime().maxMemory() / 4);
    assertThat(Limits.defaults().stallTimeout()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void authorityCannotBeBothReplacedAndPreserved() {
    String message = "authority() and preserveAuthority() are mutually exclusive";
    assertThatThrownBy(() -> TlsTunnel.builder().authority("a.test").preserveAuthority())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> TlsTunnel.builder().preserveAuthority().authority("a.test"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
  }

  @Test
  void tunnelNeedsAnUpstream() {
    assertThatThrownBy(() -> TlsTunnel.builder().start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("upstream(host, port) was not called: it is required");
  }

  @Test
  void namesInOtherScriptsAreHostNames() {
    assertThat(TlsTunnel.builder().upstream("bücher.test", 443).sni("bücher.test")).isNotNull();
    assertThat(TlsTunnel.builder().upstream("fe80::1", 443)).isNotNull();
    assertThat(TlsTunnel.builder().upstream("under_score.svc.cluster.local.", 443)).isNotNull();
  }
}
