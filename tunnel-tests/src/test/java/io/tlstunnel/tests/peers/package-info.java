/** Whole routes with software that this project did not write on one or both ends. */
@NullMarked
package io.tlstunnel.tests.peers;

import org.jspecify.annotations.NullMarked;
