package io.tlstunnel.internal.upstream;

import io.netty.handler.codec.http2.Http2Error;
import io.tlstunnel.event.Stage;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.runtime.ErrorText;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/** Puts into words why a route that was ready is lost. */
final class RouteLoss {
  private RouteLoss() {}

  static TunnelFailure of(
      @Nullable Throwable cause, String peer, boolean remoteSpoke, boolean certificateShown) {
    Diagnosis memory = MemoryShortage.of(cause);
    if (memory != null) {
      return memory.after(remoteSpoke ? Stage.RELAY : Stage.SETTINGS, peer);
    }
    if (cause instanceof RefusedServerException refused) {
      return refused.diagnosis().after(remoteSpoke ? Stage.RELAY : Stage.TLS, peer);
    }
    if (cause instanceof CertificateRefusedException refused) {
      return refused.diagnosis().before(Stage.TLS, peer);
    }
    TlsAlert alert = TlsAlert.in(cause);
    if (alert != null) {
      Diagnosis diagnosis = TlsFailures.alerted(alert, certificateShown);
      // What a server whose TLS is BoringSSL says when it does not trust our issuer.
      boolean judgedUs = !remoteSpoke && certificateShown && alert.name().equals("internal_error");
      if (judgedUs) {
        return TlsFailures.ourCertificate(alert, true).before(Stage.TLS, peer);
      }
      if (!alert.isAboutOurCertificate()) {
        return remoteSpoke
            ? TlsFailures.alerted(alert, false).after(Stage.RELAY, peer)
            : diagnosis.after(Stage.TLS, peer);
      }
      // In TLS 1.3 our handshake is over before the remote has seen our certificate (RFC 8446,
      // 4.4.2.4), so its refusal comes as the first thing that is read.
      return remoteSpoke ? diagnosis.after(Stage.TLS, peer) : diagnosis.before(Stage.TLS, peer);
    }
    if (TlsFailures.isTimeout(cause)) {
      return new Diagnosis(
              "the remote no longer answers (TCP timed out)",
              "check the network between here and the remote")
          .after(remoteSpoke ? Stage.RELAY : Stage.SETTINGS, peer);
    }
    return remoteSpoke
        ? new Diagnosis(
                words(cause), "the next call connects anew; the remote's log should say why")
            .after(Stage.RELAY, peer)
        : new Diagnosis(
                words(cause),
                "check the remote's log: it may refuse our client certificate, or not speak HTTP/2")
            .after(Stage.SETTINGS, peer);
  }

  static TunnelFailure afterGoAway(TunnelFailure loss, long error) {
    Http2Error known = Http2Error.valueOf(error);
    return afterGoAway(loss, "GOAWAY " + (known == null ? error : known.name()));
  }

  static TunnelFailure afterGoAway(TunnelFailure loss, String goAway) {
    return new TunnelFailure(
        loss.stage(),
        loss.peer(),
        loss.cause() + " after " + goAway,
        loss.remedy(),
        loss.mayHaveReachedRemote());
  }

  static TunnelFailure noSettings(String peer) {
    return new Diagnosis("no answer", "check that the remote serves HTTP/2 on this port")
        .after(Stage.SETTINGS, peer);
  }

  static TunnelFailure brokeProtocol(String peer, boolean remoteSpoke, @Nullable String how) {
    return new Diagnosis(
            "the remote does not keep to HTTP/2" + (how == null ? "" : ": " + how),
            "check that the port serves HTTP/2")
        .after(remoteSpoke ? Stage.RELAY : Stage.SETTINGS, peer);
  }

  private static String words(@Nullable Throwable cause) {
    if (TlsFailures.isReset(cause)) {
      return "the remote reset the connection";
    }
    if (cause == null || cause instanceof ClosedChannelException) {
      return "the remote closed the connection";
    }
    return ErrorText.of(cause);
  }
}
