/** Tunnels that end while they are used. */
@NullMarked
package io.tlstunnel.tests.drain;

import org.jspecify.annotations.NullMarked;
