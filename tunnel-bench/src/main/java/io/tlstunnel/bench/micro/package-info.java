/** The pieces of the hot path by themselves: time and allocation, by JMH. */
@NullMarked
package io.tlstunnel.bench.micro;

import org.jspecify.annotations.NullMarked;
