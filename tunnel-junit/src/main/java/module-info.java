/** Tests gRPC over mutual TLS: certificates, backends, tunnels and a JUnit extension. */
@org.jspecify.annotations.NullMarked
module io.tlstunnel.junit {
  exports io.tlstunnel.junit;
  exports io.tlstunnel.junit.fault;

  requires transitive io.tlstunnel.core;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.http2;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.pkitesting;
  requires io.netty.transport;
  requires static transitive io.grpc;
  requires static io.grpc.services;
  requires static transitive io.grpc.netty;
  requires static io.grpc.stub;
  requires static transitive org.assertj.core;
  requires static transitive org.jspecify;
  requires static transitive org.junit.jupiter.api;
}
