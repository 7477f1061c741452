package io.tlstunnel.internal.downstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a peer speaks that did not begin with the client preface, by its first bytes.
 *
 * @param what the protocol, and what to do, for a person
 * @param answer what the peer is answered: HTTP is, since its clients show that to people; TLS too,
 *     since "wrong version number" and "server gave HTTP response to HTTPS client" are what TLS
 *     clients then say, and both mean a port without TLS
 */
record ForeignProtocol(String what, Answer answer) {
  /** So many bytes tell any protocol on the list. */
  static final int MAX_BYTES = 512;

  /** How a peer is answered. */
  enum Answer {
    /** The connection is closed. */
    NONE,
    /** An HTTP response, 505: the version is not served (RFC 9110, 15.6.6). */
    HTTP_VERSION_NOT_SUPPORTED,
    /** The same to HEAD, which takes no body. */
    HTTP_WITHOUT_BODY,
    /** An HTTP response, 400. */
    BAD_REQUEST
  }

  private static final int TLS_HANDSHAKE = 0x16;
  private static final int SETTINGS_FRAME_TYPE = 4;
  private static final int FRAME_HEADER = 9;
  private static final int QUOTED_BYTES = 8;

  private static final String PROXY_V2 = "\r\n\r\n\0\r\nQUIT\n";
  private static final String PREFACE_LINE = "PRI * HTTP/2.0";

  /** RFC 9112, 3: any token is a method. */
  private static final Pattern REQUEST_LINE =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+) \\S+ (HTTP/[0-9](?:\\.[0-9])?)\\s*");

  private static final Pattern OLDEST_REQUEST = Pattern.compile("GET \\S+\\s*");
  private static final Pattern LONG_REQUEST =
      Pattern.compile("(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE|CONNECT) \\S.*");

  /** Not more: what follows, or a longer one, may be a secret. */
  private static final Pattern FIRST_TOKEN = Pattern.compile("([A-Za-z]{2,8})[ \r\n].*");

  private static final Set<String> SMTP = Set.of("EHLO", "HELO", "LHLO");

  private static final String PORT = ", and this port takes HTTP/2 in cleartext ";
  private static final String WRONG_PORT =
      PORT + "(check the host and port that the peer is given)";

  /**
   * Judges the bytes.
   *
   * @param complete whether no more will come
   * @return null if more bytes are needed
   */
  static @Nullable ForeignProtocol of(ByteBuf seen, boolean complete) {
    boolean all = complete || seen.readableBytes() >= MAX_BYTES;
    String text = seen.toString(ISO_8859_1);
    if (seen.getUnsignedByte(seen.readerIndex()) == TLS_HANDSHAKE) {
      return text.length() < 2 && !all ? null : handshake(seen, text);
    }
    if (PROXY_V2.startsWith(text) && text.length() < PROXY_V2.length()) {
      return all ? unknown(seen) : null;
    }
    if (text.startsWith(PROXY_V2)) {
      return proxyHeader(2);
    }
    if (!isText(text)) {
      return binary(seen, text, all);
    }
    int end = text.indexOf('\n');
    if (end < 0 && !all) {
      return null;
    }
    return line(end < 0 ? text : text.substring(0, end), seen);
  }

  private static ForeignProtocol handshake(ByteBuf seen, String text) {
    if (text.length() < 2 || text.charAt(1) != 3) {
      return unknown(seen);
    }
    return new ForeignProtocol(
        "the peer speaks TLS"
            + PORT
            + "(connect without TLS: usePlaintext() in grpc-java, insecure credentials in other gRPC"
            + " clients, http:// in a URL)",
        Answer.BAD_REQUEST);
  }

  private static @Nullable ForeignProtocol binary(ByteBuf seen, String text, boolean all) {
    if (text.charAt(0) == 0 && text.length() < FRAME_HEADER && !all) {
      return null;
    }
    boolean settings =
        text.length() >= FRAME_HEADER
            && text.startsWith("\0\0")
            && text.charAt(2) % 6 == 0
            && text.charAt(3) == SETTINGS_FRAME_TYPE
            && text.startsWith("\0\0\0\0", 5);
    return settings
        ? new ForeignProtocol(
            "the peer speaks HTTP/2 without the client preface (RFC 9113, 3.4): a server, or"
                + " something before the tunnel took the preface away",
            Answer.NONE)
        : unknown(seen);
  }

  private static ForeignProtocol line(String line, ByteBuf seen) {
    Matcher request = REQUEST_LINE.matcher(line);
    if (line.startsWith(PREFACE_LINE)) {
      return new ForeignProtocol(
          "the peer's HTTP/2 preface is damaged (RFC 9113, 3.4; check what is between the client"
              + " and this port)",
          Answer.NONE);
    }
    if (request.matches()) {
      return http(request.group(2), request.group(1).equals("HEAD"));
    }
    if (line.length() >= MAX_BYTES && LONG_REQUEST.matcher(line).matches()) {
      return http("HTTP/1.1", line.startsWith("HEAD "));
    }
    if (OLDEST_REQUEST.matcher(line).matches()) {
      return http("HTTP/0.9", false);
    }
    if (line.startsWith("SSH-")) {
      return new ForeignProtocol("the peer speaks SSH" + WRONG_PORT, Answer.NONE);
    }
    if (line.startsWith("PROXY ")) {
      return proxyHeader(1);
    }
    Matcher first = FIRST_TOKEN.matcher(line + '\n');
    if (!first.lookingAt()) {
      return unknown(seen);
    }
    String command = first.group(1).toUpperCase(Locale.ROOT);
    return new ForeignProtocol(
        SMTP.contains(command)
            ? "the peer speaks SMTP" + WRONG_PORT
            : "the peer speaks another protocol, with "
                + command
                + " as its first command"
                + WRONG_PORT,
        Answer.NONE);
  }

  private static ForeignProtocol http(String version, boolean head) {
    return new ForeignProtocol(
        "the peer speaks "
            + version
            + PORT
            + "with prior knowledge only (use a gRPC client, or curl --http2-prior-knowledge)",
        head ? Answer.HTTP_WITHOUT_BODY : Answer.HTTP_VERSION_NOT_SUPPORTED);
  }

  private static ForeignProtocol proxyHeader(int version) {
    return new ForeignProtocol(
        "the peer begins with a PROXY protocol header, version "
            + version
            + ", and this port takes none (turn the header off where it is added: send-proxy in"
            + " HAProxy, proxy_protocol in nginx)",
        Answer.NONE);
  }

  /** Text is not quoted: it may be a secret. */
  private static ForeignProtocol unknown(ByteBuf seen) {
    int quoted = Math.min(QUOTED_BYTES, seen.readableBytes());
    boolean text = isText(seen.toString(seen.readerIndex(), quoted, ISO_8859_1));
    String what =
        text
            ? "the peer speaks a protocol of text that is not HTTP"
            : "the peer does not speak HTTP/2: its first bytes are "
                + ByteBufUtil.hexDump(seen, seen.readerIndex(), quoted);
    return new ForeignProtocol(what + WRONG_PORT, Answer.NONE);
  }

  private static boolean isText(String text) {
    return text.chars()
        .allMatch(c -> (c >= ' ' && c <= '~') || List.of('\r', '\n', '\t').contains((char) c));
  }
}
