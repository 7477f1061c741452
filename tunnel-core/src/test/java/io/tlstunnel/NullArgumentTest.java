package io.tlstunnel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.EventLoopGroup;
import io.tlstunnel.event.TunnelListener;
import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import io.tlstunnel.tls.ClientCert;
import io.tlstunnel.tls.ServerTrust;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Null for any argument of what describes a tunnel is refused by a name that a user knows. */
@Tag("trials")
class NullArgumentTest {
  private static final Issued CLIENT = TestCa.create("CA").client("client");

  @SuppressWarnings("deprecation") // Netty 4.1 has no other group that opens nothing
  private static final EventLoopGroup GROUP = new DefaultEventLoopGroup(1);

  @AfterAll
  static void close() {
    GROUP.shutdownGracefully();
  }

  static Stream<Arguments> references() {
    return Stream.of(TlsTunnelBuilder.class, Limits.class, ClientCert.class, ServerTrust.class)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !method.getName().equals("equals"))
        .flatMap(
            method ->
                IntStream.range(0, method.getParameterCount())
                    .filter(i -> !method.getParameterTypes()[i].isPrimitive())
                    .mapToObj(i -> Arguments.of(title(method, i), method, i)));
  }

  private static String title(Method method, int parameter) {
    return "23 "
        + method.getDeclaringClass().getSimpleName()
        + "."
        + method.getName()
        + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).toList()
        + ", null as number "
        + (parameter + 1);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("references")
  void nullIsRefusedByItsName(String title, Method method, int parameter) throws Exception {
    Object[] arguments =
        Arrays.stream(method.getParameterTypes()).map(NullArgumentTest::any).toArray();
    arguments[parameter] = null;
    assertThatThrownBy(() -> method.invoke(target(method), arguments))
        .isInstanceOf(InvocationTargetException.class)
        .cause()
        .isInstanceOf(NullPointerException.class)
        .hasMessageMatching("[a-zA-Z]+( [a-zA-Z]+)?: null \\(expected: a value\\)");
  }

  @Test
  @DisplayName("23 trust((KeyStore) null) names the trust store")
  @SuppressWarnings("NullAway") // what a caller without it may do
  void nullKeyStoreIsCalledTheTrustStore() {
    assertThatThrownBy(() -> TlsTunnel.builder().trust((KeyStore) null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("trust store: null (expected: a value)");
    assertThatThrownBy(() -> ServerTrust.certificates(Arrays.asList(CLIENT.certificate(), null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("authorities[1]: null (expected: a value)");
    assertThatThrownBy(() -> ClientCert.of(CLIENT.key(), Arrays.asList((X509Certificate) null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("chain[0]: null (expected: a value)");
  }

  private static Object target(Method method) {
    Map<Class<?>, Object> targets =
        Map.of(
            TlsTunnelBuilder.class, TlsTunnel.builder(),
            Limits.class, Limits.defaults(),
            ClientCert.class, ClientCert.of(CLIENT.key(), CLIENT.chain()),
            ServerTrust.class, ServerTrust.certificates(CLIENT.chain()));
    return requireNonNull(targets.get(method.getDeclaringClass()), "a target");
  }

  private static Object any(Class<?> type) {
    if (type.isArray()) {
      return Array.newInstance(type.getComponentType(), 0);
    }
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      Map<Class<?>, Object> values =
          Map.ofEntries(
              Map.entry(int.class, 7),
              Map.entry(long.class, 7L),
              Map.entry(String.class, "a.test"),
              Map.entry(Path.class, Path.of("a.pem")),
              Map.entry(Duration.class, Duration.ofSeconds(3)),
              Map.entry(KeyStore.class, store),
              Map.entry(PrivateKey.class, CLIENT.key()),
              Map.entry(List.class, CLIENT.chain()),
              Map.entry(Collection.class, CLIENT.chain()),
              Map.entry(ServerTrust.class, ServerTrust.certificates(CLIENT.chain())),
              Map.entry(ClientCert.class, ClientCert.of(CLIENT.key(), CLIENT.chain())),
              Map.entry(Limits.class, Limits.defaults()),
              Map.entry(HostResolver.class, (HostResolver) host -> List.of()),
              Map.entry(EventLoopGroup.class, GROUP),
              Map.entry(TunnelListener.class, (TunnelListener) event -> {}));
      return requireNonNull(values.get(type), "an argument of the type " + type);
    } catch (KeyStoreException e) {
      throw new AssertionError(e);
    }
  }
}
