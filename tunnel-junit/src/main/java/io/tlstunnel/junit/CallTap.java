package io.tlstunnel.junit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.security.Principal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Behind the TLS handler: records the handshake and every call, and lets all bytes pass. */
final class CallTap extends ChannelInboundHandlerAdapter {
  private static final int CLIENT_PREFACE = 24;

  private final Traffic traffic;
  private final int number;
  private final FrameSplitter splitter = new FrameSplitter(CLIENT_PREFACE);
  private final RequestHeaders requests;
  private boolean prefaceSeen;

  CallTap(Traffic traffic, int number) throws Http2Exception {
    this.traffic = traffic;
    this.number = number;
    this.requests = new RequestHeaders();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        secured(ctx.pipeline().get(SslHandler.class));
      } else {
        traffic.update(number, connection -> connection.refused(reason(handshake.cause())));
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    splitter.feed((ByteBuf) bytes, piece -> forward(ctx, piece));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    splitter.release();
    requests.release();
  }

  private void forward(ChannelHandlerContext ctx, ByteBuf piece) {
    if (prefaceSeen) {
      try {
        requests.decode(piece).ifPresent(headers -> record(headers, FrameSplitter.streamOf(piece)));
      } catch (Http2Exception | IndexOutOfBoundsException malformed) {
        // The server behind says what is wrong with it; there is no call to record.
        traffic.update(number, connection -> connection.refused("malformed: " + malformed));
      }
    }
    prefaceSeen = true;
    ctx.fireChannelRead(piece);
  }

  private void record(Http2Headers headers, int stream) {
    if (headers.path() == null) {
      return; // Request trailers.
    }
    Map<String, List<String>> metadata = new LinkedHashMap<>();
    headers.forEach(
        field -> {
          String name = field.getKey().toString().toLowerCase(Locale.ROOT);
          if (!name.startsWith(":")) {
            metadata
                .computeIfAbsent(name, key -> new ArrayList<>())
                .add(field.getValue().toString());
          }
        });
    RecordedConnection connection = traffic.connection(number);
    traffic.call(
        new RecordedCall(
            text(headers.path()),
            text(headers.authority()),
            metadata,
            connection.sni(),
            connection.alpn(),
            connection.clientPrincipal(),
            number,
            stream));
  }

  private void secured(SslHandler tls) {
    SSLSession session = tls.engine().getSession();
    String alpn = tls.applicationProtocol();
    traffic.update(
        number,
        connection ->
            connection.secured(
                sni(session),
                alpn == null ? "" : alpn,
                session.getProtocol(),
                clientPrincipal(session)));
  }

  private static String sni(SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (SNIServerName name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    }
    return "";
  }

  private static String clientPrincipal(SSLSession session) {
    try {
      Principal principal = session.getPeerPrincipal();
      return principal == null ? "" : principal.getName();
    } catch (SSLPeerUnverifiedException e) {
      return "";
    }
  }

  private static String reason(Throwable cause) {
    return String.valueOf(cause.getMessage());
  }

  private static String text(@Nullable CharSequence value) {
    return value == null ? "" : value.toString();
  }
}
