package io.tlstunnel.internal.probe;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.internal.upstream.UpstreamOptions;

/**
 * What an answer to the health check says about the route. A status that a gRPC server gives by
 * itself proves that calls get through; a web page, or a proxy's own error, proves the contrary.
 *
 * @param fine whether a gRPC server answered and serves
 * @param meaning what the answer means
 * @param remedy what helps; empty if nothing has to
 */
record AnswerVerdict(boolean fine, String meaning, String remedy) {
  private static final String NONE_SENT = "No required SSL certificate";
  private static final String NOT_VERIFIED = "SSL certificate error";
  private static final String ITS_LOG = "its log should say why";
  private static final String GRPC_BACKEND =
      "let the ingress treat this backend as gRPC: for nginx grpc_pass, for an ingress its gRPC"
          + " backend protocol";

  static AnswerVerdict of(HealthAnswer answer, UpstreamOptions options, String authority) {
    if (answer.hasTooLongHeaders()) {
      return trouble(
          "its answer has more header fields than a diagnosis reads, which has asked for less",
          "the tunnel passes them on as they are; clients have limits of their own (grpc-java 8"
              + " KiB)");
    }
    Integer grpcStatus = answer.grpcStatus();
    if (grpcStatus != null) {
      return ofGrpc(answer, grpcStatus, authority);
    }
    if (answer.isBrokenOff() && answer.httpStatus() <= 200) {
      return ofBrokenOff(answer);
    }
    if (answer.httpStatus() == 0) {
      return trouble("this is no HTTP response", "check that the port serves gRPC; " + ITS_LOG);
    }
    if (answer.httpStatus() == 200 && answer.contentType().startsWith("application/grpc")) {
      return trouble(
          "an answer in gRPC's form without its trailers",
          "something in front of the server drops trailers: let it speak HTTP/2 to its backend");
    }
    return ofProxy(answer, options, authority);
  }

  private static AnswerVerdict ofGrpc(HealthAnswer answer, int status, String authority) {
    return switch (status) {
      case GrpcStatus.OK -> ofServing(answer.servingStatus());
      case GrpcStatus.UNIMPLEMENTED ->
          fine(
              answer.text().isEmpty()
                  ? "gRPC: a server without a health service, or a proxy without a route for "
                      + authority
                  : "gRPC, without a health service");
      case GrpcStatus.NOT_FOUND -> fine("gRPC, and its health service knows of no overall status");
      case GrpcStatus.UNAUTHENTICATED ->
          fine(
              "gRPC, and it refuses a call without credentials of its own, which a diagnosis does"
                  + " not have: UNAUTHENTICATED");
      case GrpcStatus.PERMISSION_DENIED ->
          trouble(
              "the server, or a proxy in front of it, does not let us in",
              "check its access rules: which client certificates it allows; if it judges a call's"
                  + " own credentials, calls that bear them may get through");
      case GrpcStatus.RESOURCE_EXHAUSTED ->
          trouble(
              "the server, or a proxy in front of it, limits calls", "wait, or raise its limit");
      case GrpcStatus.UNAVAILABLE ->
          answer.isRateLimited()
              ? trouble("a proxy limits the rate of calls", "wait, or raise its limit")
              : trouble(
                  "the server, or a proxy in front of it, is not available",
                  "look at its log, and behind a proxy whether that reaches its backend");
      default -> fine("gRPC, which answers a health check with " + GrpcStatus.name(status));
    };
  }

  private static AnswerVerdict ofServing(String status) {
    return switch (status) {
      case "NOT_SERVING" -> trouble("its health service says NOT_SERVING", "the server's own log");
      case HealthAnswer.NO_MESSAGE, HealthAnswer.UNREADABLE ->
          fine("gRPC, which answers a health check with OK and " + status);
      default -> fine("gRPC, and its health service says " + status);
    };
  }

  private static AnswerVerdict ofBrokenOff(HealthAnswer answer) {
    if (answer.errorCode() == Http2Error.HTTP_1_1_REQUIRED.code()) {
      return trouble("this is served over HTTP/1.1 only", GRPC_BACKEND);
    }
    if (answer.errorCode() == Http2Error.REFUSED_STREAM.code()) {
      return trouble("it takes no call now", "try again; " + ITS_LOG);
    }
    return trouble("it gave the call up", ITS_LOG);
  }

  /** An answer that no gRPC server gives. */
  private static AnswerVerdict ofProxy(
      HealthAnswer answer, UpstreamOptions options, String authority) {
    return switch (answer.httpStatus()) {
      case 200 ->
          trouble(
              "a web server or a login page answers here (content-type "
                  + (answer.contentType().isEmpty() ? "none" : answer.contentType())
                  + "), and not gRPC",
              "check host and port, and that authority(...), now "
                  + authority
                  + ", is the name under which the ingress serves gRPC");
      case 400 -> badRequest(answer, options);
      case 401, 403 ->
          trouble(
              "a proxy in front of the server does not let us in",
              "check its access rules: which client certificates, addresses and tokens it allows");
      case 404 ->
          trouble(
              "a proxy in front of the server has no route for " + authority,
              "set authority(...) to a name that it serves, and check its route to the gRPC"
                  + " service");
      case 421 ->
          trouble(
              "a proxy in front of the server does not serve "
                  + authority
                  + " on a connection made for "
                  + options.serverName(),
              "let sni(...) and authority(...) be the same name");
      case 413, 431 -> trouble("the proxy finds the request too large", "raise its limits");
      case 426, 464, 505 ->
          trouble("a proxy in front of the server does not pass HTTP/2 on", GRPC_BACKEND);
      case 429 -> trouble("a proxy limits the rate of calls", "wait, or raise its limit");
      case 502 ->
          trouble(
              "a proxy in front of the server is reached, and does not understand its own backend",
              "there, check the backend's port and protocol: " + GRPC_BACKEND);
      case 503 -> unavailable(answer);
      case 504 ->
          trouble(
              "a proxy in front of the server is reached, and its backend does not answer in time",
              "there, check the server and the proxy's timeouts");
      default ->
          trouble(
              "this is no gRPC",
              "check host, port and authority(...), now " + authority + "; " + ITS_LOG);
    };
  }

  /** Ingresses verify a client certificate after the handshake, and answer like a web server. */
  static boolean refusesOurCertificate(HealthAnswer answer) {
    return answer.httpStatus() == 400
        && (answer.text().contains(NONE_SENT) || answer.text().contains(NOT_VERIFIED));
  }

  /** Some proxies say it of a limit, too: nginx does unless it is told otherwise. */
  private static AnswerVerdict unavailable(HealthAnswer answer) {
    if (answer.isRateLimited()) {
      return trouble("a proxy limits the rate of calls", "wait, or raise its limit");
    }
    return answer.text().contains("upstream")
        ? trouble(
            "a proxy in front of the server is reached, and has no backend that works",
            "there, check that the server runs and is ready")
        : trouble(
            "a proxy in front of the server is reached, and has no backend that works, or limits"
                + " the rate of calls",
            "there, check that the server runs and is ready, and the proxy's limits");
  }

  private static AnswerVerdict badRequest(HealthAnswer answer, UpstreamOptions options) {
    String text = answer.text();
    if (text.contains(NONE_SENT)) {
      return options.clientCert() == null
          ? trouble("an ingress wants a client certificate", "set clientCert(...)")
          : trouble(
              "an ingress wants a client certificate, and did not ask for ours when TLS was set up",
              "let sni(...) and authority(...) be the same name, one that asks for certificates");
    }
    if (text.contains(NOT_VERIFIED)) {
      String wrong = options.wrongWithClientCert();
      return trouble(
          "an ingress does not accept our client certificate"
              + (wrong == null ? "" : ", most likely since " + wrong),
          "check that clientCert(...) is valid and from a CA that the ingress trusts");
    }
    return trouble("a proxy in front of the server does not understand the request", ITS_LOG);
  }

  private static AnswerVerdict fine(String meaning) {
    return new AnswerVerdict(true, meaning, "");
  }

  private static AnswerVerdict trouble(String meaning, String remedy) {
    return new AnswerVerdict(false, meaning, remedy);
  }
}
