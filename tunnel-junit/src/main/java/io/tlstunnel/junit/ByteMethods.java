package io.tlstunnel.junit;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * gRPC methods whose messages are bytes: calls and services without generated code.
 *
 * <pre>{@code
 * byte[] reply = ClientCalls.blockingUnaryCall(
 *     channel, ByteMethods.unary("echo.Echo/Say"), CallOptions.DEFAULT, bytes);
 * }</pre>
 */
public final class ByteMethods {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] message) {
          return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private ByteMethods() {}

  /**
   * A method with one request and one response, by its full name: {@code package.Service/Method}.
   */
  public static MethodDescriptor<byte[], byte[]> unary(String fullName) {
    return method(MethodType.UNARY, fullName);
  }

  /** A method with one request and many responses. */
  public static MethodDescriptor<byte[], byte[]> serverStreaming(String fullName) {
    return method(MethodType.SERVER_STREAMING, fullName);
  }

  /** A method with many requests and one response. */
  public static MethodDescriptor<byte[], byte[]> clientStreaming(String fullName) {
    return method(MethodType.CLIENT_STREAMING, fullName);
  }

  /** A method with many requests and many responses. */
  public static MethodDescriptor<byte[], byte[]> bidiStreaming(String fullName) {
    return method(MethodType.BIDI_STREAMING, fullName);
  }

  private static MethodDescriptor<byte[], byte[]> method(MethodType type, String fullName) {
    if (fullName.startsWith("/") || fullName.indexOf('/') < 1) {
      throw new IllegalArgumentException(
          "method: " + fullName + " (expected: package.Service/Method)");
    }
    return MethodDescriptor.newBuilder(BYTES, BYTES)
        .setType(type)
        .setFullMethodName(fullName)
        .build();
  }
}
