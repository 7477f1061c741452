package io.tlstunnel.internal.upstream;

import java.security.cert.CertificateException;

/** We did not accept the remote's certificate. */
final class RefusedServerException extends CertificateException {
  private static final long serialVersionUID = 1L;

  private final transient Diagnosis diagnosis;
  private final CertificateAlert alert;

  RefusedServerException(Diagnosis diagnosis) {
    this(diagnosis, CertificateAlert.BAD_CERTIFICATE);
  }

  /**
   * @param alert what the remote is told
   */
  RefusedServerException(Diagnosis diagnosis, CertificateAlert alert) {
    super(diagnosis.cause(), alert.toJdk(diagnosis.cause()));
    this.diagnosis = diagnosis;
    this.alert = alert;
  }

  Diagnosis diagnosis() {
    return diagnosis;
  }

  CertificateAlert alert() {
    return alert;
  }
}
