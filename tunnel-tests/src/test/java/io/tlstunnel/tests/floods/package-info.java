/** Floods with real gRPC peers on either side of a tunnel. */
@NullMarked
package io.tlstunnel.tests.floods;

import org.jspecify.annotations.NullMarked;
