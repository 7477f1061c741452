package io.tlstunnel.internal.upstream;

import io.netty.util.concurrent.FastThreadLocal;
import io.tlstunnel.tls.ClientCert;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one handshake has come to: an alert's meaning depends on what came before it.
 *
 * <p>The TLS libraries ask the context's key manager and trust manager, and the JDK does not tell
 * them for which of our connections. Both ask while the remote's bytes are being read, on the
 * connection's loop, so the notes of the connection that is being read are kept for the thread.
 */
final class HandshakeNotes {
  /** What has become of our client certificate. */
  enum OurCertificate {
    NONE,
    NOT_ASKED_FOR,
    SHOWN,
    OF_A_KIND_NOT_TAKEN
  }

  private static final FastThreadLocal<HandshakeNotes> READING = new FastThreadLocal<>();

  private final @Nullable ClientCert cert;
  private int helloBytes;
  private boolean chainSeen;
  private boolean isDone;
  private OurCertificate ours;

  /**
   * @param cert what will be shown if the remote asks for a certificate
   */
  HandshakeNotes(@Nullable ClientCert cert) {
    this.cert = cert;
    ours = cert == null ? OurCertificate.NONE : OurCertificate.NOT_ASKED_FOR;
  }

  /** Whether the remote has shown its certificate: before that, it has seen none of ours either. */
  boolean chainSeen() {
    return chainSeen;
  }

  OurCertificate ours() {
    return ours;
  }

  boolean certificateShown() {
    return ours == OurCertificate.SHOWN;
  }

  void helloWritten(int bytes) {
    helloBytes = bytes;
  }

  /** How long our hello is, so far as it is written. */
  int helloBytes() {
    return helloBytes;
  }

  /** The handshake is done. One without certificates resumed a session, whose remote knows ours. */
  void done() {
    isDone = true;
    if (!chainSeen && ours == OurCertificate.NOT_ASKED_FOR) {
      ours = OurCertificate.SHOWN;
    }
  }

  /** What is known beyond the failure itself: that it is about a certificate that was not sent. */
  @Nullable Diagnosis explain(Throwable thrown) {
    if (cert == null) {
      return null;
    }
    if (OwnKey.hasNoCommonSignature(thrown)) {
      return OwnKey.notTaken(cert);
    }
    TlsAlert alert = TlsAlert.in(thrown);
    boolean late = isDone && alert != null && alert.name().equals("internal_error");
    if (alert == null || !(alert.isAboutOurCertificate() || late)) {
      return null;
    }
    return switch (ours) {
      case OF_A_KIND_NOT_TAKEN -> OwnKey.notTaken(cert);
      case NOT_ASKED_FOR ->
          chainSeen
              ? new Diagnosis(
                  "the remote broke off with the alert "
                      + alert.name()
                      + " and did not ask for our client certificate",
                  "its log should say why")
              : null;
      case SHOWN -> chainSeen || isDone ? OwnCertificate.refused(cert, alert) : null;
      case NONE -> null;
    };
  }

  /** Runs what reads the remote's bytes. */
  void reading(Runnable read) {
    READING.set(this);
    try {
      read.run();
    } finally {
      READING.remove();
    }
  }

  static void noteChain() {
    HandshakeNotes notes = READING.getIfExists();
    if (notes != null) {
      notes.chainSeen = true;
    }
  }

  /**
   * The remote asks for our certificate.
   *
   * @param keyTypes that it takes, by the names of the JDK's key algorithms; BoringSSL does not
   *     tell all of them, and finds out by itself that one is not taken
   */
  static void noteRequest(String[] keyTypes, String keyAlgorithm, boolean typesAreKnown) {
    HandshakeNotes notes = READING.getIfExists();
    if (notes != null) {
      notes.ours =
          typesAreKnown && !Arrays.asList(keyTypes).contains(keyAlgorithm)
              ? OurCertificate.OF_A_KIND_NOT_TAKEN
              : OurCertificate.SHOWN;
    }
  }
}
