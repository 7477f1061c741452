package io.tlstunnel.tests.cause;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.tlstunnel.diagnosis.Step;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.junit.fault.Http2Code;
import io.tlstunnel.junit.fault.TlsFault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One of the twenty failures.
 *
 * @param number its number in the list
 * @param name what goes wrong
 * @param route starts a route on which it does
 * @param told what comes of it
 */
record Cause(int number, String name, Starter route, Outcome told) {
  /** Starts a route. */
  interface Starter {
    CauseRoute start() throws Exception;
  }

  /** Who tells the client, and what. */
  sealed interface Outcome {
    /** What the diagnosis finds. */
    Step failsAt();
  }

  /**
   * The tunnel knows: every client gets UNAVAILABLE and the same sentence, as do event, log and
   * diagnosis.
   *
   * @param sentence with {@code PEER} for the remote and its address
   * @param messages how many messages the client has got before
   */
  record Sentence(Step failsAt, String sentence, int messages) implements Outcome {}

  /**
   * The tunnel knows, but only that something takes too long: it says so before the client gives
   * up, with the time that it has waited behind the sentence's beginning.
   */
  record InTime(Step failsAt, String beginning, String remedy) implements Outcome {}

  /**
   * The remote has spoken, or stays silent as it may: what it says passes, in the words that each
   * client has for it. The diagnosis explains.
   *
   * @param java status and words of grpc-java
   * @param python status and words of grpc-python
   * @param explained what diagnosis, event and log say, with {@code PEER} for the remote
   */
  record Passed(Step failsAt, Words java, Words python, String explained) implements Outcome {}

  /** A status, and what its message contains. */
  record Words(String code, String text) {}

  /** All twenty. */
  static List<Cause> all() {
    return List.of(
        new Cause(
            1,
            "port closed",
            () -> CauseRoute.to(closedPort(), () -> {}),
            told(
                Step.CONNECT,
                "TCP connect to PEER failed: connection refused (check that the remote listens on"
                    + " that port)")),
        new Cause(
            2,
            "name does not resolve",
            () -> CauseRoute.unresolved(443),
            told(
                Step.RESOLVE,
                "name resolution of store.test:443 failed: the name service knows no such"
                    + " name (check the host's spelling, and which names this machine's name"
                    + " service knows)")),
        new Cause(
            3,
            "connect goes into a black hole",
            () -> {
              FullBacklog hole = new FullBacklog();
              return CauseRoute.to(hole.port(), hole);
            },
            new InTime(
                Step.CONNECT,
                "TCP connect to PEER failed: no answer for ",
                "(check host and port, and that no firewall drops the packets)")),
        tls(
            4,
            "certificate expired",
            TlsFault.EXPIRED,
            Step.SERVER_CERTIFICATE,
            "the remote's certificate CN=store.test expired on "),
        tls(
            5,
            "wrong name",
            TlsFault.WRONG_NAME,
            Step.SERVER_CERTIFICATE,
            "the remote's certificate is not for store.test, but for another-host.test (set"
                + " sni(...)"),
        tls(
            6,
            "unknown CA",
            TlsFault.UNTRUSTED,
            Step.SERVER_CERTIFICATE,
            "the remote's certificate CN=store.test was issued by CN=Unknown CA, which is not"
                + " trusted (give that CA's certificate with trust(...)"),
        tls(
            7,
            "self-signed",
            TlsFault.SELF_SIGNED,
            Step.SERVER_CERTIFICATE,
            "the remote's certificate CN=store.test is self-signed and not trusted (give it with"
                + " trust(...)"),
        new Cause(
            8,
            "client certificate missing (TLS 1.3)",
            () -> {
              GrpcBackend backend = CauseRoute.server();
              return CauseRoute.withoutClientCert(backend.port(), backend);
            },
            told(
                Step.CLIENT_CERTIFICATE,
                "TLS handshake with PEER failed: the remote requires a client certificate: ")),
        tls(
            9,
            "client certificate of a wrong CA",
            TlsFault.CLIENT_CERTIFICATE_REFUSED,
            Step.CLIENT_CERTIFICATE,
            "the remote refused our client certificate: "),
        new Cause(
            10,
            "no ALPN offered, then HTTP/1.1",
            () -> CauseRoute.tls(TlsFault.NO_ALPN),
            told(Step.ALPN, "ALPN with PEER failed: the remote did not agree to HTTP/2 (h2) (let")),
        new Cause(
            11,
            "only http/1.1 in ALPN",
            () -> CauseRoute.tls(TlsFault.ONLY_HTTP_1_1),
            told(Step.ALPN, "ALPN with PEER failed: the remote did not agree to HTTP/2 (h2) (let")),
        new Cause(
            12,
            "TLS handshake stalls",
            () -> CauseRoute.tls(TlsFault.HANDSHAKE_STALL),
            new InTime(
                Step.TLS,
                "TLS handshake with PEER failed: no answer for ",
                "(check that a TLS server listens on that port; if the path takes only smaller"
                    + " packets and says so to nobody (MTU, lost ICMP), tlsGroups(\"X25519\")"
                    + " makes the hello fit)")),
        new Cause(
            13,
            "remote speaks cleartext",
            Cause::cleartext,
            told(
                Step.TLS,
                "TLS handshake with PEER failed: the remote does not speak TLS on this port (check"
                    + " the port")),
        midStream(
            14,
            "closed in mid-stream",
            (connection, stream) -> connection.close(),
            "the remote closed the connection ("),
        midStream(
            15,
            "TCP reset in mid-stream",
            (connection, stream) -> connection.reset(),
            "the remote reset the connection ("),
        new Cause(
            16,
            "RST_STREAM INTERNAL_ERROR in mid-stream",
            () ->
                CauseRoute.midStream(
                    (connection, stream) ->
                        connection.send(Frame.reset(stream, Http2Code.INTERNAL_ERROR))),
            new Passed(
                Step.GRPC,
                new Words("INTERNAL", "HTTP/2 error code: INTERNAL_ERROR"),
                new Words("INTERNAL", "RST_STREAM with error code 2"),
                "gRPC call to PEER failed: the remote answered HTTP 200, then RST_STREAM"
                    + " INTERNAL_ERROR: it gave the call up (its log should say why)")),
        midStream(
            17,
            "GOAWAY and close, call in flight",
            Cause::goAwayAndClose,
            "the remote closed the connection after GOAWAY NO_ERROR ("),
        new Cause(
            18,
            "ingress: 400 'No required SSL certificate'",
            () ->
                CauseRoute.answering(
                    "<html><head><title>400 No required SSL certificate was sent</title></head>",
                    ":status",
                    "400",
                    "server",
                    "nginx",
                    "content-type",
                    "text/html"),
            new Passed(
                Step.CLIENT_CERTIFICATE,
                new Words("INTERNAL", "No required SSL certificate was sent"),
                new Words("INTERNAL", "status: 400"),
                "gRPC call to PEER failed: the remote answered HTTP 400 from nginx '400 No required"
                    + " SSL certificate was sent': an ingress wants a client certificate (set"
                    + " clientCert(...))")),
        new Cause(
            19,
            "ingress: 404, wrong authority",
            () ->
                CauseRoute.answering(
                    "default backend - 404", ":status", "404", "content-type", "text/plain"),
            new Passed(
                Step.GRPC,
                new Words("UNIMPLEMENTED", "default backend - 404"),
                new Words("UNIMPLEMENTED", "status: 404"),
                "gRPC call to PEER failed: the remote answered HTTP 404 'default backend - 404': a"
                    + " proxy in front of the server has no route for store.test (set"
                    + " authority(...)")),
        new Cause(
            20,
            "remote never answers",
            CauseRoute::silent,
            new Passed(
                Step.GRPC,
                new Words("DEADLINE_EXCEEDED", ""),
                new Words("DEADLINE_EXCEEDED", ""),
                "gRPC call to PEER failed: no answer for ")));
  }

  private static Cause tls(int number, String name, TlsFault fault, Step step, String cause) {
    return new Cause(
        number,
        name,
        () -> CauseRoute.tls(fault),
        told(step, "TLS handshake with PEER failed: " + cause));
  }

  private static Cause midStream(int number, String name, CauseRoute.Break how, String cause) {
    return new Cause(
        number,
        name,
        () -> CauseRoute.midStream(how),
        new Sentence(Step.GRPC, "connection to PEER failed: " + cause, 1));
  }

  private static Outcome told(Step step, String sentence) {
    return new Sentence(step, sentence, 0);
  }

  private static void goAwayAndClose(ScriptedConnection connection, int stream) {
    connection.send(Frame.goAway(stream, Http2Code.NO_ERROR, ""));
    connection.close();
  }

  private static CauseRoute cleartext() throws IOException {
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create()).build().start();
    return CauseRoute.to(
        server.getPort(), () -> server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS));
  }

  private static int closedPort() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return listener.getLocalPort();
    }
  }

  @Override
  public String toString() {
    return number + " " + name;
  }
}
