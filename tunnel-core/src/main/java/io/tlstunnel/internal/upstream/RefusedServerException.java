package io.tlstunnel.internal.upstream;

import java.security.cert.CertificateException;

/** We did not accept the remote's certificate. */
final class RefusedServerException extends CertificateException {
  private static final long serialVersionUID = 1L;

  private final transient Diagnosis diagnosis;

  RefusedServerException(Diagnosis diagnosis) {
    super(diagnosis.cause());
    this.diagnosis = diagnosis;
  }

  RefusedServerException(Diagnosis diagnosis, CertificateException cause) {
    super(diagnosis.cause(), cause);
    this.diagnosis = diagnosis;
  }

  Diagnosis diagnosis() {
    return diagnosis;
  }
}
