/** A remote that breaks HTTP/2 on purpose, with and without a tunnel before it. */
@NullMarked
package io.tlstunnel.tests.hostile;

import org.jspecify.annotations.NullMarked;
