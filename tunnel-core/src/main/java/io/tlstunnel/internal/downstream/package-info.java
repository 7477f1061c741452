/** Accepts connections, checks their preface and limits. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.internal.downstream;
