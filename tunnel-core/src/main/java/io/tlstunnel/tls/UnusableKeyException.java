package io.tlstunnel.tls;

/**
 * A key that is in order and of no use here. It is told apart from a damaged one and from one that
 * was tried and did not fit.
 */
final class UnusableKeyException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  UnusableKeyException(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  /** The runtime lacks a whole kind of keys. */
  static UnusableKeyException noSuchKind(String kind) {
    return new UnusableKeyException(
        "this Java runtime has no " + kind + " keys",
        "its image was made without the module jdk.crypto.ec: add it");
  }

  /** What to do; {@code FILE} in it stands for the file of the key. */
  String remedy() {
    return remedy;
  }
}
