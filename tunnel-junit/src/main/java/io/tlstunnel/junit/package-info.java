/**
 * Everything that a test of gRPC over mutual TLS needs: certificates ({@link
 * io.tlstunnel.junit.TestCa}), remotes ({@link io.tlstunnel.junit.GrpcBackend}), whole routes
 * ({@link io.tlstunnel.junit.TestRoute}) and the JUnit extension that owns them ({@link
 * io.tlstunnel.junit.TunnelExtension}). All but the extension work without JUnit.
 */
@NullMarked
package io.tlstunnel.junit;

import org.jspecify.annotations.NullMarked;
