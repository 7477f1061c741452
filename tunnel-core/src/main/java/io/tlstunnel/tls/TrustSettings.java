package io.tlstunnel.tls;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * The {@code TRUSTED CERTIFICATE} block of openssl: a certificate, and behind it for what openssl
 * trusts it ({@code openssl x509 -addtrust, -addreject}).
 */
final class TrustSettings {
  private static final int REJECTED = 0xA0;

  /** Contents of object identifiers: serverAuth, and the one for any purpose. */
  private static final Set<String> SERVERS = Set.of("2b06010505070301", "551d2500");

  private final byte[] certificate;
  private final boolean forServers;

  private TrustSettings(byte[] certificate, boolean forServers) {
    this.certificate = certificate;
    this.forServers = forServers;
  }

  /** A certificate without settings. */
  static TrustSettings none(byte[] certificate) {
    return new TrustSettings(certificate, true);
  }

  /** Takes the certificate from what stands behind it, which may be nothing. */
  static TrustSettings of(byte[] content) throws DerException {
    ByteBuffer in = ByteBuffer.wrap(content);
    Der.next(in, Der.SEQUENCE);
    byte[] certificate = Arrays.copyOf(content, in.position());
    return new TrustSettings(certificate, !in.hasRemaining() || trustsServers(in));
  }

  /** The certificate's encoding. */
  byte[] certificate() {
    return certificate;
  }

  /** Whether openssl would trust it to vouch for a TLS server. */
  boolean forServers() {
    return forServers;
  }

  private static boolean trustsServers(ByteBuffer in) throws DerException {
    ByteBuffer settings = Der.next(in, Der.SEQUENCE).content();
    boolean trusted = true;
    while (settings.hasRemaining()) {
      Der.Element setting = Der.next(settings);
      switch (setting.tag()) {
        case Der.SEQUENCE ->
            trusted = purposes(setting.content()).stream().anyMatch(SERVERS::contains);
        case REJECTED -> {
          // A rejection counts more than whatever is trusted.
          if (purposes(setting.content()).stream().anyMatch(SERVERS::contains)) {
            return false;
          }
        }
        default -> {
          // A name for people, a key identifier.
        }
      }
    }
    return trusted;
  }

  private static List<String> purposes(ByteBuffer list) throws DerException {
    List<String> purposes = new ArrayList<>();
    while (list.hasRemaining()) {
      purposes.add(HexFormat.of().formatHex(Der.bytes(list, Der.OBJECT_ID)));
    }
    return purposes;
  }
}
