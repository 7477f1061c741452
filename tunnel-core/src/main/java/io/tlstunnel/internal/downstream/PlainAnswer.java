package io.tlstunnel.internal.downstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/**
 * An HTTP/1.1 response that says what the tunnel's port is, to whoever came with HTTP/1.x or TLS.
 * Nothing of the request is repeated in it.
 */
final class PlainAnswer {
  private static final String BODY =
      "This is the port of a tunnel: it takes HTTP/2 in cleartext, with prior knowledge (RFC 9113,"
          + " 3.3), and carries it to another server over TLS.\n"
          + "Connect with a gRPC client without TLS (usePlaintext(), insecure credentials), or with"
          + " curl --http2-prior-knowledge.\n";

  private PlainAnswer() {}

  static ByteBuf of(ForeignProtocol.Answer answer, ByteBufAllocator allocator) {
    String status =
        answer == ForeignProtocol.Answer.BAD_REQUEST
            ? "400 Bad Request"
            : "505 HTTP Version Not Supported";
    String head =
        "HTTP/1.1 "
            + status
            + "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: "
            + BODY.length()
            + "\r\nconnection: close\r\n\r\n";
    boolean bodiless = answer == ForeignProtocol.Answer.HTTP_WITHOUT_BODY;
    return ByteBufUtil.writeAscii(allocator, bodiless ? head : head + BODY);
  }
}
