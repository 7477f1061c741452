package io.tlstunnel.junit;

import io.netty.util.NetUtil;
import io.tlstunnel.HostResolver;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A name service whose answers a test moves. Safe for use by many threads.
 *
 * <pre>{@code
 * FakeResolver names = FakeResolver.create().answer("store.example", "127.0.0.1");
 * TlsTunnel.builder().upstream("store.example", 443).resolver(names)
 * names.answer("store.example", "127.0.0.2");   // from the next connection on
 * names.fail("store.example", "SERVFAIL");
 * }</pre>
 */
public final class FakeResolver implements HostResolver {
  private interface Answer {
    List<InetAddress> get() throws UnknownHostException;
  }

  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final Map<String, Integer> lookups = new ConcurrentHashMap<>();

  private FakeResolver() {}

  /** A name service that knows no name yet. */
  public static FakeResolver create() {
    return new FakeResolver();
  }

  /**
   * From now on a name has these addresses, in this order.
   *
   * @throws IllegalArgumentException if an address is a name
   */
  public FakeResolver answer(String host, String... addresses) {
    List<InetAddress> list = new ArrayList<>();
    for (String address : addresses) {
      list.add(literal(host, address));
    }
    answers.put(host, () -> list);
    return this;
  }

  /** From now on a name cannot be resolved, for this reason. */
  public FakeResolver fail(String host, String reason) {
    answers.put(
        host,
        () -> {
          throw new UnknownHostException(reason);
        });
    return this;
  }

  /** From now on questions about a name wait, until it is answered or fails. */
  public FakeResolver stall(String host) {
    CountDownLatch never = new CountDownLatch(1);
    Answer stalled =
        new Answer() {
          @Override
          public List<InetAddress> get() throws UnknownHostException {
            while (answers.get(host) == this) {
              awaitBriefly(never, host);
            }
            return resolveNow(host);
          }
        };
    answers.put(host, stalled);
    return this;
  }

  /** How often a name was asked for. */
  public int lookups(String host) {
    return lookups.getOrDefault(host, 0);
  }

  @Override
  public List<InetAddress> resolve(String host) throws UnknownHostException {
    lookups.merge(host, 1, Integer::sum);
    return resolveNow(host);
  }

  private List<InetAddress> resolveNow(String host) throws UnknownHostException {
    Answer answer = answers.get(host);
    if (answer == null) {
      throw new UnknownHostException(
          "FakeResolver has no answer for " + host + ": give it one with answer(...)");
    }
    return answer.get();
  }

  private static void awaitBriefly(CountDownLatch never, String host) throws UnknownHostException {
    try {
      if (never.await(5, TimeUnit.MILLISECONDS)) {
        throw new AssertionError("nobody counts down");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException(host + ": the question was interrupted");
    }
  }

  private static InetAddress literal(String host, String address) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
    if (bytes == null) {
      throw new IllegalArgumentException("address: " + address + " (expected: an IP address)");
    }
    try {
      return InetAddress.getByAddress(host, bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }
}
