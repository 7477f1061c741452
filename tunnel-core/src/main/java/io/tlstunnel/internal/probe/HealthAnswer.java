package io.tlstunnel.internal.probe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.tlstunnel.diagnosis.GrpcAnswer;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What came back on the call, whoever sent it. */
final class HealthAnswer {
  private static final int MAX_BODY = 4_096;
  private static final int MAX_TEXT = 160;

  /** Of a gRPC message: whether it is compressed, and its length. */
  private static final int PREFIX = 5;

  static final String NO_MESSAGE = "no message";
  static final String UNREADABLE = "a message that is no health check's";
  private static final String[] SERVING_STATUS = {
    "UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"
  };
  private static final Pattern TITLE =
      Pattern.compile("<title[^>]*>(.*?)</title", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private int httpStatus;
  private @Nullable String contentType;
  private @Nullable String server;
  private @Nullable Integer grpcStatus;
  private String grpcMessage = "";

  /** RST_STREAM or GOAWAY, with its error and what else it said; null if the stream just ended. */
  private @Nullable String brokenOff;

  private long errorCode;
  private boolean rateLimited;
  private boolean headersTooLong;

  void headers(Http2Headers headers) {
    CharSequence status = headers.status();
    if (status != null) {
      int code = number(status, 0);
      if (code < 200) {
        return; // An interim response.
      }
      httpStatus = code;
      rateLimited = headers.names().stream().anyMatch(HealthAnswer::tellsOfALimit);
      contentType = string(headers.get("content-type"));
      server = string(headers.get("server"));
    }
    CharSequence grpc = headers.get("grpc-status");
    if (grpc != null) {
      grpcStatus = number(grpc, 2);
      grpcMessage = percentDecoded(String.valueOf(headers.get("grpc-message", "")));
    }
  }

  /** Keeps the beginning of the body, and says whether that was enough of it. */
  boolean body(ByteBuf data) {
    byte[] bytes = new byte[Math.min(data.readableBytes(), MAX_BODY - body.size())];
    data.getBytes(data.readerIndex(), bytes);
    body.writeBytes(bytes);
    return body.size() == MAX_BODY;
  }

  void reset(long code) {
    brokenOff(code, "RST_STREAM", "");
  }

  void goAway(long code, String debug) {
    brokenOff(code, "GOAWAY", quoted(printable(debug)));
  }

  private void brokenOff(long code, String frame, String words) {
    errorCode = code;
    Http2Error error = Http2Error.valueOf(code);
    brokenOff = frame + " " + (error == null ? Long.toString(code) : error.name()) + words;
  }

  /** The header fields are more than the diagnosis reads, which is nobody's fault. */
  void headersTooLong() {
    headersTooLong = true;
  }

  boolean hasTooLongHeaders() {
    return headersTooLong;
  }

  /** Whether the answer says that a limit was reached: of calls, or of connections. */
  boolean isRateLimited() {
    String words = text().toLowerCase(Locale.ROOT);
    return rateLimited
        || words.contains("rate limit")
        || words.contains("rate-limit")
        || words.contains("ratelimit")
        || words.contains("too many requests");
  }

  private static boolean tellsOfALimit(CharSequence name) {
    String field = name.toString();
    return field.equals("x-envoy-ratelimited")
        || field.startsWith("x-ratelimit-")
        || field.startsWith("ratelimit");
  }

  /** 0 if no response came, or one without a status. */
  int httpStatus() {
    return httpStatus;
  }

  String contentType() {
    return contentType == null ? "" : contentType;
  }

  @Nullable Integer grpcStatus() {
    return grpcStatus;
  }

  boolean isBrokenOff() {
    return brokenOff != null;
  }

  long errorCode() {
    return errorCode;
  }

  /** What the answer's message says (grpc.health.v1.HealthCheckResponse), by its name. */
  String servingStatus() {
    byte[] message = body.toByteArray();
    if (message.length == 0) {
      return NO_MESSAGE;
    }
    if (message.length < PREFIX || message[0] != 0) {
      return UNREADABLE;
    }
    int length = ByteBuffer.wrap(message, 1, Integer.BYTES).getInt();
    if (length == 0) {
      // A field that has its default is left out.
      return SERVING_STATUS[0];
    }
    boolean oneField = length == 2 && message.length == PREFIX + 2 && message[PREFIX] == 0x08;
    int value = oneField ? message[PREFIX + 1] : -1;
    return value >= 0 && value < SERVING_STATUS.length ? SERVING_STATUS[value] : UNREADABLE;
  }

  /** {@code grpc-message}, or what a person would read of the page that came. */
  String text() {
    if (grpcStatus != null) {
      return printable(grpcMessage);
    }
    if (httpStatus == 0 && brokenOff != null) {
      return brokenOff;
    }
    if (!isText(contentType())) {
      return "";
    }
    String page = body.toString(UTF_8);
    Matcher title = TITLE.matcher(page);
    return printable(title.find() ? title.group(1) : page.replaceAll("<[^>]*>", " "));
  }

  private static boolean isText(String type) {
    return type.isEmpty()
        || type.startsWith("text/")
        || type.contains("json")
        || type.contains("xml");
  }

  /** The answer in a few words: {@code HTTP 404 from nginx 'Not Found'}. */
  String inShort() {
    if (grpcStatus == null && httpStatus == 0) {
      return brokenOff == null ? "without a status" : brokenOff;
    }
    return (grpcStatus == null ? "HTTP " + httpStatus : GrpcStatus.name(grpcStatus))
        + (server == null ? "" : " from " + printable(server))
        + quoted(text())
        + (brokenOff == null ? "" : ", then " + brokenOff);
  }

  GrpcAnswer value(String meaning) {
    return new GrpcAnswer(
        httpStatus,
        contentType == null ? null : printable(contentType),
        server == null ? null : printable(server),
        grpcStatus,
        text(),
        meaning);
  }

  private static String quoted(String text) {
    return text.isEmpty() ? "" : " '" + text + "'";
  }

  /** One line without surprises: it goes into reports and logs. */
  private static String printable(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\\p{Cs}\\s]+", " ").strip();
    return line.length() > MAX_TEXT ? line.substring(0, MAX_TEXT) + "…" : line;
  }

  private static String percentDecoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException asItIs) {
      return text;
    }
  }

  private static @Nullable String string(@Nullable CharSequence value) {
    return value == null ? null : value.toString();
  }

  private static int number(CharSequence text, int otherwise) {
    try {
      return Integer.parseInt(text.toString());
    } catch (NumberFormatException noNumber) {
      return otherwise;
    }
  }
}
