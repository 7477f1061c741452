/**
 * Walks a route once, for a diagnosis: the same steps as for a client, then one call of its own.
 */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.internal.probe;
