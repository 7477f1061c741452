package io.tlstunnel.internal.upstream;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;

/**
 * What a remote is told of the certificate that we do not accept (RFC 8446, 6.2), as far as the TLS
 * libraries can say it: both choose the alert by the exception that they are given.
 */
enum CertificateAlert {
  /** Nobody who is trusted has issued it. The JDK says {@code certificate_unknown}. */
  UNKNOWN_CA(20, BasicReason.UNSPECIFIED),

  /** It has expired or is not valid yet. */
  CERTIFICATE_EXPIRED(10, BasicReason.EXPIRED),

  /** A list says so. */
  CERTIFICATE_REVOKED(23, BasicReason.REVOKED),

  /** It is for another purpose. */
  UNSUPPORTED_CERTIFICATE(26, BasicReason.ALGORITHM_CONSTRAINED),

  /** It breaks another rule: it has another name, a weak key, an issuer that must not issue. */
  BAD_CERTIFICATE(28, BasicReason.INVALID_SIGNATURE);

  private final int verifyResult;
  private final BasicReason reason;

  /**
   * @param verifyResult the X509_V_ERR_ of OpenSSL that BoringSSL makes this alert of
   * @param reason the reason that the JDK makes this alert of
   */
  CertificateAlert(int verifyResult, BasicReason reason) {
    this.verifyResult = verifyResult;
    this.reason = reason;
  }

  int verifyResult() {
    return verifyResult;
  }

  /** The JDK looks for it in the cause of the exception that a trust manager throws. */
  CertPathValidatorException toJdk(String message) {
    return new CertPathValidatorException(message, null, null, -1, reason);
  }
}
