/** Event loops and transports. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.internal.runtime;
