package io.tlstunnel.internal.probe;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.tlstunnel.diagnosis.Outcome;
import io.tlstunnel.diagnosis.RemoteSettings;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.diagnosis.Step;
import io.tlstunnel.diagnosis.TlsParameters;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.upstream.RouteAttempt;
import io.tlstunnel.internal.upstream.RouteListener;
import io.tlstunnel.internal.upstream.RouteWitness;
import io.tlstunnel.internal.upstream.TlsLibrary;
import io.tlstunnel.internal.upstream.Upstream;
import io.tlstunnel.internal.upstream.UpstreamOptions;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One walk along a route: the attempt that every connection makes, watched, then one call on it.
 * All of it happens on one event loop.
 */
final class RouteWalk implements RouteListener, RouteWitness, HealthCall.Listener {
  private final UpstreamOptions options;
  private final String authority;
  private final EventLoop loop;
  private final Promise<RouteDiagnosis> result;
  private final Findings findings;
  private final long deadline;

  private @Nullable Upstream upstream;
  private @Nullable RouteAttempt attempt;
  private @Nullable Channel channel;
  private @Nullable Future<?> timer;
  private @Nullable HealthCall call;
  private String peer;
  private boolean ended;

  RouteWalk(UpstreamOptions options, String authority, EventLoop loop) {
    this.options = options;
    this.authority = authority;
    this.loop = loop;
    this.peer = options.remote();
    result = loop.newPromise();
    findings = new Findings(options, authority);
    deadline = System.nanoTime() + options.connectTimeout().toNanos();
  }

  Future<RouteDiagnosis> result() {
    return result;
  }

  void begin(Upstream route) {
    upstream = route;
    findings.begin(Step.RESOLVE);
    try {
      attempt = route.open(loop, this);
    } catch (RejectedExecutionException shutDown) {
      result.tryFailure(shutDown);
    }
  }

  /** Whoever waits for the result has been told to stop waiting. */
  void interrupted() {
    if (!ended) {
      Step step = reached();
      findings.failed(step);
      end(failure(step, "the thread that waits for the diagnosis was interrupted", ""));
    }
  }

  // What the attempt shows.

  @Override
  public void resolved(List<InetAddress> addresses) {
    findings.ok(Step.RESOLVE);
    findings.addresses(addresses);
    findings.begin(Step.CONNECT);
  }

  @Override
  public void connecting(InetAddress address) {
    findings.tryNextAddress();
  }

  @Override
  public void connectFailed(InetAddress address, String cause) {
    findings.addressEnded(Outcome.FAILED, cause);
  }

  @Override
  public void connected() {
    findings.addressEnded(Outcome.OK, "");
    findings.ok(Step.CONNECT);
    findings.begin(Step.TLS);
  }

  @Override
  public void chainJudged(List<X509Certificate> chain, boolean accepted) {
    findings.chain = Certificates.of(chain);
    if (accepted) {
      findings.ok(Step.SERVER_CERTIFICATE);
    } else {
      findings.failed(Step.SERVER_CERTIFICATE);
    }
  }

  @Override
  public void handshakeFailed(Throwable thrown) {
    if (findings.isFailed(Step.SERVER_CERTIFICATE)) {
      // Version and cipher were agreed on, else there would be no chain.
      findings.ok(Step.TLS);
    } else if (findings.isOk(Step.SERVER_CERTIFICATE) && Upstream.isAboutOurCertificate(thrown)) {
      findings.ok(Step.TLS);
      findings.failed(Step.CLIENT_CERTIFICATE);
      findings.certificateShown = options.clientCert() != null;
    }
  }

  @Override
  public void failed(TunnelFailure failure) {
    if (findings.addressPending()) {
      findings.addressEnded(Outcome.FAILED, failure.cause());
    }
    switch (failure.stage()) {
      case RESOLVE -> findings.failed(Step.RESOLVE);
      case CONNECT -> findings.failed(Step.CONNECT);
      case ALPN -> {
        if (findings.isOk(Step.SERVER_CERTIFICATE)) {
          findings.ok(Step.TLS);
        }
        findings.failed(Step.ALPN);
      }
      default -> {
        if (!findings.isOk(Step.TLS)) {
          findings.failed(Step.TLS);
        }
      }
    }
    end(failure);
  }

  @Override
  public void ready(Channel secured, String at) {
    if (ended) {
      secured.close();
      return;
    }
    channel = secured;
    peer = at;
    SSLEngine engine = secured.pipeline().get(SslHandler.class).engine();
    SSLSession session = engine.getSession();
    findings.tls =
        new TlsParameters(session.getProtocol(), session.getCipherSuite(), TlsLibrary.of(engine));
    findings.alpnChosen = "h2";
    findings.certificateShown = session.getLocalCertificates() != null;
    findings.ok(Step.TLS);
    findings.ok(Step.ALPN);
    if (!"TLSv1.3".equals(session.getProtocol())) {
      findings.ok(Step.CLIENT_CERTIFICATE);
    }
    findings.begin(Step.SETTINGS);
    timer = loop.schedule(this::timeOut, deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    call = new HealthCall(secured.alloc(), authority, this);
    secured.pipeline().addLast(call);
    secured.config().setAutoRead(true);
  }

  // What the call shows.

  @Override
  public void settings(RemoteSettings settings) {
    findings.settings = settings;
    // It may still be refused by an answer: ingresses verify it when a request has come.
    findings.ok(Step.CLIENT_CERTIFICATE);
    findings.ok(Step.SETTINGS);
    findings.begin(Step.GRPC);
  }

  @Override
  public void answered(HealthAnswer answer) {
    AnswerVerdict verdict = AnswerVerdict.of(answer, options, authority);
    findings.answer = answer.value(verdict.meaning());
    if (verdict.fine()) {
      findings.ok(Step.GRPC);
      end(null);
    } else {
      if (AnswerVerdict.refusesOurCertificate(answer)) {
        findings.failed(Step.CLIENT_CERTIFICATE);
      }
      findings.failed(Step.GRPC);
      String cause = "the remote answered " + answer.inShort() + ": " + verdict.meaning();
      end(failure(Step.GRPC, cause, verdict.remedy()));
    }
  }

  @Override
  public void brokeProtocol(@Nullable String how) {
    lost(Upstream.brokeProtocol(peer, findings.settings != null, how));
  }

  @Override
  public void closed(@Nullable Throwable cause, @Nullable Long goAway) {
    boolean spoke = findings.settings != null;
    TunnelFailure loss = Objects.requireNonNull(upstream).lost(cause, peer, spoke);
    // Of what ends a route that stood, only a refusal of our certificate comes before a request.
    if (!loss.mayHaveReachedRemote()) {
      findings.refusedAfterHandshake = true;
      findings.certificateShown = options.clientCert() != null;
      findings.failed(Step.CLIENT_CERTIFICATE);
    }
    lost(goAway == null ? loss : Upstream.afterGoAway(loss, goAway));
  }

  private void timeOut() {
    if (findings.settings != null && call != null && !call.isMade()) {
      lost(
          failure(
              Step.GRPC,
              "the remote allows no call now: its SETTINGS say MAX_CONCURRENT_STREAMS 0",
              "its log should say why; it may still be starting, or be about to end"));
      return;
    }
    lost(
        findings.settings == null
            ? Upstream.noSettings(peer)
            : Upstream.noAnswer(Stage.GRPC, peer, findings.nanosOfStep()));
  }

  private void lost(TunnelFailure failure) {
    if (ended) {
      return;
    }
    if (!findings.isFailed(Step.CLIENT_CERTIFICATE)) {
      findings.failed(reached());
    }
    end(failure);
  }

  /** The step that is being waited for. */
  private Step reached() {
    if (findings.settings != null) {
      return Step.GRPC;
    }
    if (findings.isOk(Step.ALPN)) {
      return Step.SETTINGS;
    }
    if (findings.isOk(Step.CONNECT)) {
      return Step.TLS;
    }
    return findings.isOk(Step.RESOLVE) ? Step.CONNECT : Step.RESOLVE;
  }

  private TunnelFailure failure(Step step, String cause, String remedy) {
    Stage stage =
        switch (step) {
          case RESOLVE -> Stage.RESOLVE;
          case CONNECT -> Stage.CONNECT;
          case TLS, SERVER_CERTIFICATE, CLIENT_CERTIFICATE -> Stage.TLS;
          case ALPN -> Stage.ALPN;
          case SETTINGS -> Stage.SETTINGS;
          case GRPC -> Stage.GRPC;
        };
    return new TunnelFailure(stage, peer, cause, remedy, step == Step.GRPC);
  }

  /** Closes what is open, then tells the result. */
  private void end(@Nullable TunnelFailure failure) {
    if (ended) {
      return;
    }
    ended = true;
    RouteDiagnosis diagnosis = findings.diagnosis(failure);
    if (timer != null) {
      timer.cancel(false);
    }
    if (attempt != null) {
      attempt.cancel();
    }
    Channel open = channel;
    if (open == null) {
      result.trySuccess(diagnosis);
      return;
    }
    open.closeFuture().addListener(closed -> result.trySuccess(diagnosis));
    ChannelHandlerContext first = open.pipeline().firstContext();
    if (failure == null || first == null) {
      open.close();
    } else {
      // From the head: a remote that is in trouble need not read a goodbye.
      first.close();
    }
  }
}
