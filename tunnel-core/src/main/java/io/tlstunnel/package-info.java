/** The front door: {@link io.tlstunnel.TlsTunnel}, its builder and its state. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel;
