package io.tlstunnel.internal.upstream;

import io.netty.util.NetUtil;
import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.net.Inet6Address;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/**
 * One of the names in a certificate (RFC 5280, 4.2.1.6). Each is taken as it is, whatever it holds:
 * the JDK gives none of them if it cannot read one.
 */
final class GeneralName {
  static final int OTHER = 0;
  static final int MAIL = 1;
  static final int DNS = 2;
  static final int X400 = 3;
  static final int DIRECTORY = 4;
  static final int EDI = 5;
  static final int URI = 6;
  static final int IP = 7;
  static final int REGISTERED_ID = 8;

  private static final int TYPE = 0x1F;

  private final int type;
  private final byte[] content;

  private GeneralName(int type, byte[] content) {
    this.type = type;
    this.content = content;
  }

  static GeneralName of(Der.Element element) throws DerException {
    int type = element.tag() & TYPE;
    // Context-specific tags 0 to 8; the form of what is inside decides over primitive or not.
    if ((element.tag() & 0xC0) != 0x80 || type > REGISTERED_ID) {
      throw new DerException(String.format("tag 0x%02X is no name's", element.tag()), null);
    }
    return new GeneralName(type, Der.bytes(element.content()));
  }

  static List<GeneralName> all(ByteBuffer names) throws DerException {
    List<GeneralName> all = new ArrayList<>();
    for (Der.Element element : Der.all(names)) {
      all.add(of(element));
    }
    return all;
  }

  /** A host as a certificate would name it: a name in ASCII, or an address. */
  static GeneralName host(String host) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
    return address == null
        ? new GeneralName(DNS, host.getBytes(StandardCharsets.ISO_8859_1))
        : new GeneralName(IP, address);
  }

  static GeneralName mail(ByteBuffer address) {
    return new GeneralName(MAIL, Der.bytes(address));
  }

  static GeneralName directory(X500Principal name) {
    return new GeneralName(DIRECTORY, name.getEncoded());
  }

  int type() {
    return type;
  }

  byte[] content() {
    return content;
  }

  /** What the name says, of those that are text. Octets beyond ASCII stand for themselves. */
  String text() {
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  /** For people. */
  @Override
  public String toString() {
    return switch (type) {
      case MAIL, DNS, URI -> text();
      case IP -> address();
      case DIRECTORY -> directoryName();
      default -> "a name of the kind " + kind();
    };
  }

  /** The kind of name, as RFC 5280 calls it. */
  String kind() {
    return switch (type) {
      case MAIL -> "rfc822Name";
      case DNS -> "dNSName";
      case X400 -> "x400Address";
      case DIRECTORY -> "directoryName";
      case EDI -> "ediPartyName";
      case URI -> "uniformResourceIdentifier";
      case IP -> "iPAddress";
      case REGISTERED_ID -> "registeredID";
      default -> "otherName";
    };
  }

  private String address() {
    try {
      return switch (content.length) {
        case 4 -> NetUtil.bytesToIpAddress(content);
        // Inet6Address, since an IPv4 address in IPv6 form is another name than the same in IPv4.
        case 16 -> Inet6Address.getByAddress(null, content, -1).getHostAddress();
        default -> "an address of " + content.length + " octets";
      };
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 octets are an IPv6 address", e);
    }
  }

  private String directoryName() {
    try {
      return new X500Principal(content).getName();
    } catch (IllegalArgumentException unreadable) {
      return "an unreadable directory name";
    }
  }
}
