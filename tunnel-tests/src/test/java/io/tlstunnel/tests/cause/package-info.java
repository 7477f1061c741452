/** The twenty failures of a route, and what clients are told of each. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.tests.cause;
