package io.tlstunnel.internal.upstream;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's path validation as a second opinion: it knows which algorithms this JVM's operator
 * forbids, and which public CAs Java has stopped to trust. Names are not its affair: it takes a
 * subject's CN for one, and finds none where it cannot read one of them.
 */
final class JdkOpinion {
  private static final String REMEDY = "the remote must get a certificate that the JDK accepts";

  private final X509TrustManager trust;

  JdkOpinion(X509Certificate... trusted) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < trusted.length; i++) {
        store.setCertificateEntry("authority-" + i, trusted[i]);
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      trust = (X509TrustManager) factory.getTrustManagers()[0];
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("PKCS12 stores and PKIX are part of every JDK", e);
    }
  }

  @Nullable Diagnosis wrong(TrustPath path, String keyExchange) throws RefusedServerException {
    List<X509Certificate> sent = path.sent();
    try {
      Collection<? extends Certificate> shown =
          NameRules.areConstrained(path) ? privateCopies(sent) : sent;
      trust.checkServerTrusted(shown.toArray(X509Certificate[]::new), keyExchange);
      return null;
    } catch (CertificateException e) {
      return refusal(path.leaf(), e);
    } catch (RuntimeException e) {
      // Of name constraints for otherName, and of whatever else the JDK has left out.
      return new Diagnosis(
          the(path.leaf())
              + " cannot be judged by the JDK: one of its issuers has name constraints, or another"
              + " extension, of a kind that the JDK does not know",
          REMEDY);
    }
  }

  /**
   * Its check of name constraints adds the subject's CN to the names of the certificate's object,
   * and everybody in the JVM shares that object. Only the method for many certificates makes new
   * ones.
   */
  static Collection<? extends Certificate> privateCopies(List<X509Certificate> certificates)
      throws CertificateException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    for (X509Certificate certificate : certificates) {
      encoded.writeBytes(certificate.getEncoded());
    }
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(encoded.toByteArray()));
  }

  private static Diagnosis refusal(X509Certificate leaf, CertificateException refusal) {
    Throwable root = refusal;
    for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
      root = cause;
      if (cause instanceof CertPathValidatorException invalid
          && invalid.getReason() == BasicReason.ALGORITHM_CONSTRAINED) {
        return new Diagnosis(
            "the path of "
                + the(leaf)
                + " uses an algorithm that the JDK forbids: "
                + told(invalid),
            "see jdk.certpath.disabledAlgorithms in the JDK's java.security");
      }
    }
    return new Diagnosis(the(leaf) + " was refused by the JDK: " + told(root), REMEDY);
  }

  private static String the(X509Certificate leaf) {
    return "the remote's certificate " + CertificateNames.subject(leaf);
  }

  /** The JDK's words, if they are fit for people. */
  private static String told(Throwable thrown) {
    String text = String.valueOf(thrown.getMessage());
    return text.contains("null") || text.contains("Exception") || text.contains("java")
        ? "its path is not valid"
        : CertificateNames.printable(text);
  }
}
