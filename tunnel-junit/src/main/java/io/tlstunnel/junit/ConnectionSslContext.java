package io.tlstunnel.junit;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/**
 * A TLS context that may be another one for each connection. A server asks for an engine without
 * saying for which channel, so whoever lets it ask says it before, on the same thread.
 */
final class ConnectionSslContext extends SslContext {
  private static final ThreadLocal<@Nullable SslContext> CHOSEN = new ThreadLocal<>();

  private final Supplier<SslContext> usual;

  ConnectionSslContext(Supplier<SslContext> usual) {
    this.usual = usual;
  }

  /** From here on, on this thread, engines come from a context. */
  void choose(SslContext context) {
    CHOSEN.set(context);
  }

  /** Engines come from the usual context again. */
  void forget() {
    CHOSEN.remove();
  }

  private SslContext current() {
    SslContext context = CHOSEN.get();
    return context == null ? usual.get() : context;
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    return current().newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String host, int port) {
    return current().newEngine(allocator, host, port);
  }

  @Override
  public boolean isClient() {
    return false;
  }

  @Override
  public List<String> cipherSuites() {
    return usual.get().cipherSuites();
  }

  // What the server checks when it starts: h2 is there, whatever a single connection does.
  @Override
  @SuppressWarnings("deprecation")
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return usual.get().applicationProtocolNegotiator();
  }

  @Override
  public SSLSessionContext sessionContext() {
    return usual.get().sessionContext();
  }
}
