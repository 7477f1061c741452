package io.tlstunnel.internal.upstream;

import io.netty.handler.ssl.SslProvider;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** The named groups that are offered, as each TLS library calls them. */
final class TlsGroups {
  private static final Map<String, String> BORINGSSL =
      Map.of(
          "x25519", "X25519",
          "secp256r1", "P-256",
          "secp384r1", "P-384",
          "secp521r1", "P-521",
          "x25519mlkem768", "X25519MLKEM768");

  /** The JDK passes over a name that it does not know, so it is told only those that it does. */
  private static final List<String> JDK =
      List.of("x25519", "x448", "secp256r1", "secp384r1", "secp521r1");

  /** SSLParameters.setNamedGroups, which is there from Java 20 on. */
  private static final @Nullable MethodHandle SETTER = setter();

  private final String[] names;

  /**
   * @throws IllegalArgumentException if the library lacks one of them, or a choice at all
   */
  TlsGroups(List<String> groups, SslProvider provider) {
    if (provider == SslProvider.JDK && !groups.isEmpty() && SETTER == null) {
      throw new IllegalArgumentException(
          "tlsGroups: "
              + groups
              + " (expected: BoringSSL or Java 20, for the JDK's TLS of Java "
              + Runtime.version().feature()
              + " takes no choice; -Djdk.tls.namedGroups makes one for the whole JVM)");
    }
    names = groups.stream().map(group -> nameOf(group, provider)).toArray(String[]::new);
  }

  boolean isChosen() {
    return names.length > 0;
  }

  String[] names() {
    return names.clone();
  }

  void applyTo(SSLParameters parameters) {
    if (SETTER != null && isChosen()) {
      try {
        SETTER.invoke(parameters, names.clone());
      } catch (Throwable e) {
        throw new IllegalStateException("the JDK does not take the groups", e);
      }
    }
  }

  private static String nameOf(String group, SslProvider provider) {
    String lower = group.toLowerCase(Locale.ROOT);
    String name =
        provider == SslProvider.JDK ? (JDK.contains(lower) ? lower : null) : BORINGSSL.get(lower);
    if (name == null) {
      throw new IllegalArgumentException(
          "tlsGroups: "
              + group
              + (provider == SslProvider.JDK
                  ? " (expected: a group that the JDK's TLS has; BoringSSL has this one)"
                  : " (expected: a group that BoringSSL has; the JDK's TLS has this one)"));
    }
    return name;
  }

  private static @Nullable MethodHandle setter() {
    try {
      return MethodHandles.publicLookup()
          .findVirtual(
              SSLParameters.class,
              "setNamedGroups",
              MethodType.methodType(void.class, String[].class));
    } catch (ReflectiveOperationException beforeJava20) {
      return null;
    }
  }
}
