/** Remotes whose TLS is wrong, and what becomes of them. */
@NullMarked
package io.tlstunnel.tests.tls;

import org.jspecify.annotations.NullMarked;
