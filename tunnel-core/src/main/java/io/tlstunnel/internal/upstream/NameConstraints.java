package io.tlstunnel.internal.upstream;

import static java.util.Locale.ROOT;

import io.tlstunnel.internal.der.Der;
import io.tlstunnel.internal.der.DerException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** The names that a CA may certify (RFC 5280, 4.2.1.10). */
final class NameConstraints {
  static final NameConstraints NONE = new NameConstraints(List.of(), List.of());

  private static final int MINIMUM = 0x80;
  private static final int MAXIMUM = 0x81;

  private final List<GeneralName> permitted;
  private final List<GeneralName> excluded;

  private NameConstraints(List<GeneralName> permitted, List<GeneralName> excluded) {
    this.permitted = permitted;
    this.excluded = excluded;
  }

  static NameConstraints read(ByteBuffer in) throws DerException {
    ByteBuffer content = Der.last(in, Der.SEQUENCE);
    NameConstraints read =
        new NameConstraints(
            subtrees(Der.optional(content, Der.CONTEXT_0)),
            subtrees(Der.optional(content, Der.CONTEXT_1)));
    if (content.hasRemaining() || read.size() == 0) {
      throw new DerException("neither permitted nor excluded names", null);
    }
    return read;
  }

  /** How many comparisons a name costs. */
  int size() {
    return permitted.size() + excluded.size();
  }

  /**
   * Whether a name is of a constrained kind whose meaning is not known here. Such a certificate
   * must be refused.
   */
  boolean isBeyondJudgement(GeneralName name) {
    return switch (name.type()) {
      case GeneralName.MAIL,
          GeneralName.DNS,
          GeneralName.DIRECTORY,
          GeneralName.URI,
          GeneralName.IP ->
          false;
      default -> constrains(permitted, name) || constrains(excluded, name);
    };
  }

  boolean allow(GeneralName name) {
    return (!constrains(permitted, name)
            || permitted.stream().anyMatch(base -> contains(base, name, false)))
        && excluded.stream().noneMatch(base -> contains(base, name, true));
  }

  private static boolean constrains(List<GeneralName> subtrees, GeneralName name) {
    return subtrees.stream().anyMatch(base -> base.type() == name.type());
  }

  /** Whether a name is in a subtree; one that cannot be read is where it does harm. */
  private static boolean contains(GeneralName base, GeneralName name, boolean unreadable) {
    if (base.type() != name.type()) {
      return false;
    }
    return switch (name.type()) {
      case GeneralName.DNS -> containsDomain(lower(base.text()), lower(name.text()));
      case GeneralName.MAIL -> containsMail(base.text(), name.text(), unreadable);
      case GeneralName.URI -> containsUri(lower(base.text()), name.text(), unreadable);
      case GeneralName.IP -> containsAddress(base.content(), name.content(), unreadable);
      default -> containsDirectory(base.content(), name.content(), unreadable);
    };
  }

  /** A subtree of DNS names holds its root, unless it begins with a dot, and all below. */
  private static boolean containsDomain(String base, String name) {
    return base.isEmpty()
        || name.equals(base)
        || (base.startsWith(".") ? isBelow(base, name) : name.endsWith("." + base));
  }

  private static boolean containsMail(String base, String name, boolean unreadable) {
    int at = name.lastIndexOf('@');
    if (at < 0) {
      return unreadable;
    }
    int baseAt = base.lastIndexOf('@');
    if (baseAt >= 0 && !base.substring(0, baseAt).equals(name.substring(0, at))) {
      return false;
    }
    return containsHost(lower(base.substring(baseAt + 1)), lower(name.substring(at + 1)));
  }

  private static boolean containsUri(String base, String name, boolean unreadable) {
    String host = host(name);
    return host == null ? unreadable : containsHost(base, lower(host));
  }

  /** Of mail addresses and URIs a subtree is one host, or all below a dot. */
  private static boolean containsHost(String base, String host) {
    return base.startsWith(".") ? isBelow(base, host) : base.isEmpty() || base.equals(host);
  }

  private static boolean isBelow(String dotted, String name) {
    return name.endsWith(dotted) && name.length() > dotted.length();
  }

  /** A URI's host, if it has one that is a name. */
  private static @Nullable String host(String uri) {
    int begin = uri.indexOf("://");
    if (begin < 0) {
      return null;
    }
    String authority = uri.substring(begin + 3).split("[/?#]", 2)[0];
    String host = authority.substring(authority.lastIndexOf('@') + 1).split(":", 2)[0];
    return host.isEmpty() || host.startsWith("[") || ServerName.isAddress(host) ? null : host;
  }

  /** A base is an address and a mask of the same length. */
  private static boolean containsAddress(byte[] base, byte[] address, boolean unreadable) {
    if (base.length != 2 * address.length) {
      return unreadable && address.length != 4 && address.length != 16;
    }
    for (int i = 0; i < address.length; i++) {
      if (((base[i] ^ address[i]) & base[address.length + i]) != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean containsDirectory(byte[] base, byte[] name, boolean unreadable) {
    try {
      List<Der.Element> parts = Der.all(Der.last(ByteBuffer.wrap(base), Der.SEQUENCE));
      List<Der.Element> nameParts = Der.all(Der.last(ByteBuffer.wrap(name), Der.SEQUENCE));
      // The JDK compares as RFC 5280, 7.1 says: without regard to case and superfluous spaces.
      return parts.size() <= nameParts.size()
          && directory(parts).equals(directory(nameParts.subList(0, parts.size())));
    } catch (DerException | IllegalArgumentException e) {
      return unreadable;
    }
  }

  private static X500Principal directory(List<Der.Element> parts) {
    byte[][] encoded = new byte[parts.size()][];
    Arrays.setAll(encoded, i -> Der.element(parts.get(i).tag(), Der.bytes(parts.get(i).content())));
    return new X500Principal(Der.element(Der.SEQUENCE, encoded));
  }

  private static List<GeneralName> subtrees(Der.@Nullable Element list) throws DerException {
    List<GeneralName> subtrees = new ArrayList<>();
    if (list == null) {
      return subtrees;
    }
    for (Der.Element subtree : Der.all(list.content())) {
      ByteBuffer content = subtree.content();
      GeneralName base = GeneralName.of(Der.next(content));
      Der.Element minimum = Der.optional(content, MINIMUM);
      if ((minimum != null && Der.count(minimum.content()) != 0)
          || Der.optional(content, MAXIMUM) != null
          || content.hasRemaining()) {
        throw new DerException("a minimum or maximum depth, which RFC 5280 forbids", null);
      }
      if (base.type() == GeneralName.IP
          && base.content().length != 8
          && base.content().length != 32) {
        throw new DerException("a range of addresses is neither of IPv4 nor of IPv6", null);
      }
      subtrees.add(base);
    }
    return subtrees;
  }

  private static String lower(String text) {
    String name = text.toLowerCase(ROOT);
    // A final dot makes a name absolute, and is no part of it.
    return name.endsWith(".") && name.length() > 1 ? name.substring(0, name.length() - 1) : name;
  }
}
