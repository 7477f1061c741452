package io.tlstunnel.internal.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.runtime.SystemError;
import io.tlstunnel.tls.ServerTrust;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is thrown, and however it is wrapped: what is told of it is a sentence for a person. */
@Tag("trials")
class SentencesTest {
  private static final Pattern NOT_FOR_PEOPLE =
      Pattern.compile(
          "\\bnull\\b|\\w+Exception|\\bError:|\\bjava\\.|io\\.netty|javax\\.|error\\(-?\\d+\\)|errno");

  private static final String LINUX =
      """
      1 Operation not permitted
      11 Resource temporarily unavailable
      12 Cannot allocate memory
      13 Permission denied
      19 No such device
      22 Invalid argument
      23 Too many open files in system
      24 Too many open files
      32 Broken pipe
      92 Protocol not available
      97 Address family not supported by protocol
      98 Address already in use
      99 Cannot assign requested address
      100 Network is down
      101 Network is unreachable
      103 Software caused connection abort
      104 Connection reset by peer
      105 No buffer space available
      110 Connection timed out
      111 Connection refused
      112 Host is down
      113 No route to host
      """;

  /** The ways in which the transports tell a system's error. */
  private static List<Throwable> told(String number, String text) {
    return List.of(
        new SocketException(text),
        new ConnectException("finishConnect(..) failed with error(-" + number + "): " + text),
        new IOException("finishConnect(..) failed: " + text),
        new ChannelException(
            "Unable to create Channel from class class io.netty.channel.epoll.EpollSocketChannel",
            new InvocationTargetException(
                new ChannelException(
                    "io.netty.channel.unix.Errors$NativeIoException: newSocketStream(..) failed"
                        + " with error(-"
                        + number
                        + "): "
                        + text,
                    new IOException("newSocketStream(..) failed with error(-" + number + ")")))));
  }

  static Stream<Arguments> systemErrors() {
    return LINUX
        .lines()
        .map(
            line ->
                Arguments.of(
                    "13 " + line.substring(line.indexOf(' ') + 1),
                    told(
                        line.substring(0, line.indexOf(' ')),
                        line.substring(line.indexOf(' ') + 1))));
  }

  static Stream<Arguments> exceptions() {
    return Stream.of(
            new NoRouteToHostException(),
            new ConnectException(),
            new BindException(),
            new SocketException(),
            new ProtocolException(),
            new SocketTimeoutException(),
            new ConnectTimeoutException(),
            new UnsupportedAddressTypeException(),
            new UnresolvedAddressException(),
            new ClosedChannelException(),
            new UnknownHostException(),
            new NotSslRecordException(),
            new SSLException((String) null),
            new SSLHandshakeException("General OpenSslEngine problem"),
            new CertificateException(),
            new IllegalStateException(),
            new IllegalStateException("java.lang.NullPointerException: null"),
            new NullPointerException("Cannot invoke \"String.length()\" because \"x\" is null"),
            new ClassCastException("class java.lang.String cannot be cast to java.util.List"),
            new NoClassDefFoundError("io/netty/channel/epoll/Epoll"),
            new StackOverflowError(),
            new OutOfMemoryError("Cannot reserve 4096 bytes of direct buffer memory"))
        .map(each -> Arguments.of("13 " + each, List.of(each)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"systemErrors", "exceptions"})
  void isNoExceptionsText(String name, List<Throwable> told) throws Exception {
    for (Throwable each : told) {
      assertForPeople(each);
      assertForPeople(new DecoderException(each));
      assertForPeople(new SSLException("failure when writing TLS control frames", each));
      assertForPeople(new CompletionException(each));
      assertForPeople(new RuntimeException(null, each));
    }
  }

  @Test
  @DisplayName("13 a system's error is told alike, whichever transport tells it")
  void transportsAgree() {
    LINUX
        .lines()
        .forEach(
            line -> {
              int blank = line.indexOf(' ');
              assertThat(
                      told(line.substring(0, blank), line.substring(blank + 1)).stream()
                          .map(SystemError::in)
                          .distinct())
                  .as(line)
                  .hasSize(1);
            });
  }

  @Test
  @DisplayName("13 circles of causes end")
  void causesMayBeACircle() {
    Exception outer = new Exception();
    Exception inner = new Exception(outer);
    outer.initCause(inner);
    ConnectFailures failures = new ConnectFailures();
    failures.add(InetAddress.getLoopbackAddress(), outer);
    assertThat(failures.diagnosis().cause()).isEqualTo("an error without a description");
  }

  private static void assertForPeople(Throwable thrown) throws Exception {
    for (String literal : List.of("127.0.0.1", "2001:db8::1", "fe80::1")) {
      InetAddress address = InetAddress.getByName(literal);
      ConnectFailures failures = new ConnectFailures();
      failures.add(address, thrown);
      assertForPeople(failures.diagnosis().before(Stage.CONNECT, "a.example:443"));
      failures.add(address, thrown);
      assertForPeople(failures.diagnosis().before(Stage.CONNECT, "a.example:443"));
    }
    assertForPeople(LookupFailure.of(thrown).before(Stage.RESOLVE, "a.example:443"));
    for (boolean either : new boolean[] {true, false}) {
      TlsFailures.Found found = TlsFailures.inHandshake(thrown, options(), either);
      assertForPeople(found.diagnosis().before(found.stage(), "a.example:443"));
      assertForPeople(RouteLoss.of(thrown, "a.example:443", either, true));
      assertForPeople(RouteLoss.of(thrown, "a.example:443", either, false));
      assertForPeople(RouteLoss.brokeProtocol("a.example:443", either, null));
    }
    assertForPeople(RouteLoss.afterGoAway(RouteLoss.of(thrown, "a:1", true, true), 77));
  }

  private static void assertForPeople(TunnelFailure failure) {
    assertThat(failure.message()).doesNotContainPattern(NOT_FOR_PEOPLE);
    assertThat(failure.cause()).isNotBlank();
  }

  private static UpstreamOptions options() {
    return new UpstreamOptions(
        "remote.example",
        443,
        null,
        ServerTrust.system(),
        null,
        List.of(),
        List.of(),
        List.of(),
        Duration.ofSeconds(1),
        Map.of());
  }
}
