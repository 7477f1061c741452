/** The pair of connections: two legs, header rules, stream table, failure replies. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.internal.relay;
