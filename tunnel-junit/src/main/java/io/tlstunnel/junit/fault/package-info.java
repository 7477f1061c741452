/**
 * What can go wrong below a gRPC message, as values: TLS, HTTP/2, gRPC and the network. A backend
 * or a relay is told with {@code inject(fault, when)}.
 */
@NullMarked
package io.tlstunnel.junit.fault;

import org.jspecify.annotations.NullMarked;
