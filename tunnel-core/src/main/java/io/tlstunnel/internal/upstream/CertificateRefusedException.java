package io.tlstunnel.internal.upstream;

import java.io.IOException;

/**
 * The remote ended the connection because of our certificate, or for want of it, and we know more
 * about that than its alert says.
 */
final class CertificateRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Diagnosis diagnosis;

  CertificateRefusedException(Diagnosis diagnosis, Throwable cause) {
    super(diagnosis.cause(), cause);
    this.diagnosis = diagnosis;
  }

  Diagnosis diagnosis() {
    return diagnosis;
  }
}
