package io.tlstunnel.tests.cause;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.TlsTunnelBuilder;
import io.tlstunnel.event.TunnelEvent;
import io.tlstunnel.junit.ByteMethods;
import io.tlstunnel.junit.ConnectionScript;
import io.tlstunnel.junit.FakeResolver;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.RecordedCall;
import io.tlstunnel.junit.ScriptedBackend;
import io.tlstunnel.junit.ScriptedConnection;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import io.tlstunnel.junit.fault.TlsFault;
import io.tlstunnel.tls.ClientCert;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** A tunnel to a remote that fails in one way; it closes both. */
final class CauseRoute implements AutoCloseable {
  static final String HOST = "store.test";
  private static final TestCa CA = TestCa.create("CN=Store CA");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What goes wrong in the middle of a response. */
  interface Break {
    void strike(ScriptedConnection connection, int stream);
  }

  private final TlsTunnel tunnel;
  private final AutoCloseable remote;
  private final String peer;
  private final List<TunnelEvent> events;

  private CauseRoute(
      TlsTunnel tunnel, AutoCloseable remote, String peer, List<TunnelEvent> events) {
    this.tunnel = tunnel;
    this.remote = remote;
    this.peer = peer;
    this.events = events;
  }

  /** A tunnel to a port of this machine, by the name {@link #HOST}. */
  static CauseRoute to(int port, AutoCloseable remote) {
    return to(port, remote, FakeResolver.create().answer(HOST, "127.0.0.1"), CauseRoute::shown);
  }

  static CauseRoute unresolved(int port) {
    return to(port, () -> {}, FakeResolver.create().fail(HOST, "NXDOMAIN"), CauseRoute::shown);
  }

  static CauseRoute withoutClientCert(int port, AutoCloseable remote) {
    return to(port, remote, FakeResolver.create().answer(HOST, "127.0.0.1"), tunnel -> tunnel);
  }

  /** A gRPC server whose TLS is wrong. */
  static CauseRoute tls(TlsFault fault) {
    GrpcBackend backend = server();
    backend.inject(fault);
    return to(backend.port(), backend);
  }

  static GrpcBackend server() {
    return GrpcBackend.builder(CA)
        .serverName(HOST)
        .service(
            ServerServiceDefinition.builder("cause.Store")
                .addMethod(
                    ByteMethods.bidiStreaming("cause.Store/Series"),
                    ServerCalls.asyncBidiStreamingCall(responses -> responses))
                .build())
        .start();
  }

  /** A remote that answers with one message, and breaks when the client has it. */
  static CauseRoute midStream(Break how) {
    return scripted(
        connection -> {
          RecordedCall call = connection.awaitCall(PATIENCE);
          awaitMessage(connection);
          connection.send(
              Frame.responseHeaders(call.stream()),
              Frame.message(call.stream(), "answer".getBytes(US_ASCII)));
          if (call.path().equals("/cause.Store/Series")) {
            awaitMessage(connection);
          }
          how.strike(connection, call.stream());
          connection.awaitClose(PATIENCE);
        });
  }

  /**
   * A remote that sends frames of 60,000 bytes, or as long as it may, and is cut off in the middle
   * of the first one.
   */
  static CauseRoute lostWithinAFrame() {
    return scripted(
        connection -> {
          Frame settings =
              connection.awaitFrame(
                  frame -> frame.type() == Frame.SETTINGS && !frame.has(Frame.ACK), PATIENCE);
          int stream = connection.awaitCall(PATIENCE).stream();
          awaitMessage(connection);
          byte[] message = Frame.message(stream, new byte[100_000]).payload();
          int length = Math.min(60_000, maxFrameSize(settings));
          byte[] frame = Frame.data(stream, Arrays.copyOf(message, length), false).encode();
          connection.send(Frame.responseHeaders(stream));
          connection.sendBytes(Arrays.copyOf(frame, length / 2));
          connection.cut();
          connection.awaitClose(PATIENCE);
        });
  }

  private static int maxFrameSize(Frame settings) {
    int size = 16_384;
    ByteBuffer entries = ByteBuffer.wrap(settings.payload());
    while (entries.hasRemaining()) {
      int id = entries.getShort();
      int value = entries.getInt();
      size = id == Frame.SETTINGS_MAX_FRAME_SIZE ? value : size;
    }
    return size;
  }

  /** A remote that answers every call with these header fields, and a body. */
  static CauseRoute answering(String body, String... fields) {
    return to(
        connection -> {
          RecordedCall call = connection.awaitCall(PATIENCE);
          connection.send(
              Frame.headers(call.stream(), false, fields),
              Frame.data(call.stream(), body.getBytes(US_ASCII), true));
          connection.awaitClose(PATIENCE);
        },
        tunnel -> tunnel);
  }

  /** A remote that takes calls and never answers. */
  static CauseRoute silent() {
    return scripted(
        connection -> {
          connection.awaitCall(PATIENCE);
          connection.awaitClose(PATIENCE);
        });
  }

  private static void awaitMessage(ScriptedConnection connection) throws InterruptedException {
    connection.awaitFrame(
        frame -> frame.type() == Frame.DATA && frame.payload().length > 0, PATIENCE);
  }

  private static CauseRoute scripted(ConnectionScript script) {
    return to(script, CauseRoute::shown);
  }

  private static CauseRoute to(ConnectionScript script, UnaryOperator<TlsTunnelBuilder> identity) {
    ScriptedBackend backend =
        ScriptedBackend.builder(CA).serverName(HOST).anyClient().script(script).start();
    return to(backend.port(), backend, FakeResolver.create().answer(HOST, "127.0.0.1"), identity);
  }

  private static CauseRoute to(
      int port,
      AutoCloseable remote,
      FakeResolver names,
      UnaryOperator<TlsTunnelBuilder> identity) {
    List<TunnelEvent> events = new CopyOnWriteArrayList<>();
    TlsTunnel tunnel =
        identity
            .apply(
                TlsTunnel.builder()
                    .upstream(HOST, port)
                    .resolver(names)
                    .trust(List.of(CA.root()))
                    .listener(events::add))
            .start();
    return new CauseRoute(tunnel, remote, HOST + "/127.0.0.1:" + port, events);
  }

  private static TlsTunnelBuilder shown(TlsTunnelBuilder tunnel) {
    TestCert client = CA.client("CN=querier");
    return tunnel.clientCert(ClientCert.of(client.privateKey(), client.chain()));
  }

  TlsTunnel tunnel() {
    return tunnel;
  }

  /** The remote as messages name it, once its address is known. */
  String peer() {
    return peer;
  }

  <E extends TunnelEvent> List<E> events(Class<E> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  @Override
  public void close() {
    tunnel.close();
    try {
      remote.close();
    } catch (Exception e) {
      throw new IllegalStateException("the remote did not close", e);
    }
  }
}
