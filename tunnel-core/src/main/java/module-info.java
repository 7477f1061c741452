/** Takes gRPC out of a network over mutual TLS, from inside a JVM. */
@org.jspecify.annotations.NullMarked
module io.tlstunnel.core {
  exports io.tlstunnel;
  exports io.tlstunnel.diagnosis;
  exports io.tlstunnel.event;
  exports io.tlstunnel.tls;

  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.http2;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.resolver;
  requires transitive io.netty.transport;
  requires static java.management;
  requires static io.netty.transport.classes.epoll;
  requires static io.netty.transport.classes.kqueue;
  requires static transitive org.jspecify;
  requires org.slf4j;
}
