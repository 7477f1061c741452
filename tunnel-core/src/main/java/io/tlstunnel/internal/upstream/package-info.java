/** The way to the remote: resolve, connect, TLS, ALPN, one step per handler. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.internal.upstream;
