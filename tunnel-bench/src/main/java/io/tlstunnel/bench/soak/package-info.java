/** A tunnel under mixed load for as long as one likes, while everything around it breaks. */
@NullMarked
package io.tlstunnel.bench.soak;

import org.jspecify.annotations.NullMarked;
