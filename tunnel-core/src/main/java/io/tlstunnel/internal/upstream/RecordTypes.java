package io.tlstunnel.internal.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Looks, in front of the TLS handler, at the types of the remote's records (RFC 5246, 6.2.1).
 *
 * <p>The first one tells what the alert {@code handshake_failure} means: that no version or cipher
 * is common, or that a client certificate is missing. A remote that has answered our hello has
 * agreed to the former.
 *
 * <p>After the handshake of TLS 1.2 a record of that type is the wish to shake hands again, which
 * both TLS libraries grant and HTTP/2 forbids (RFC 9113, 9.2.1). In TLS 1.3 all records look alike,
 * and there is no such wish: the handler goes.
 *
 * <pre>
 *   FIRST ──▶ HANDSHAKE ──handshake done──▶ ESTABLISHED (TLS 1.2), or gone
 * </pre>
 */
final class RecordTypes extends ChannelInboundHandlerAdapter {
  private enum State {
    FIRST,
    HANDSHAKE,
    ESTABLISHED
  }

  /** RFC 8446, 5.1: ContentType. */
  private static final int HANDSHAKE_RECORD = 22;

  private static final int HEADER = 5;

  private final HandshakeNotes notes;
  private State state = State.FIRST;
  private boolean helloAnswered;

  /** Bytes of the header that is being read. */
  private int headerRead;

  /** What is left of the record, once its header is read; its length, while that is being read. */
  private int left;

  /**
   * @param notes of the handshake whose records pass here
   */
  RecordTypes(HandshakeNotes notes) {
    this.notes = notes;
  }

  /** Whether the remote has not sent a byte. */
  boolean nothingRead() {
    return state == State.FIRST;
  }

  boolean helloAnswered() {
    return helloAnswered;
  }

  /** The handshake is done. */
  void established(ChannelHandlerContext tls, String version) {
    state = State.ESTABLISHED;
    if (!version.equals("TLSv1.2")) {
      tls.pipeline().remove(this);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (startsHandshakeAgain(bytes)) {
      bytes.release();
      ctx.fireExceptionCaught(new RefusedServerException(CertificateDiagnosis.askedAgain()));
      return;
    }
    if (state == State.ESTABLISHED) {
      ctx.fireChannelRead(bytes);
    } else {
      notes.reading(() -> ctx.fireChannelRead(bytes));
    }
  }

  private boolean startsHandshakeAgain(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      if (headerRead == HEADER) {
        int skipped = Math.min(left, end - at);
        at += skipped;
        left -= skipped;
        if (left == 0) {
          headerRead = 0;
        }
        continue;
      }
      int value = bytes.getUnsignedByte(at++);
      if (headerRead == 0 && isForbidden(value)) {
        return true;
      }
      // Type, two bytes of version, two of length.
      left = headerRead < 3 ? 0 : left << 8 | value;
      headerRead++;
    }
    return false;
  }

  private boolean isForbidden(int type) {
    if (state == State.FIRST) {
      helloAnswered = type == HANDSHAKE_RECORD;
      state = State.HANDSHAKE;
    }
    return state == State.ESTABLISHED && type == HANDSHAKE_RECORD;
  }
}
