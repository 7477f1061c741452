/** What happened on a route: events, failures and the stages at which they strike. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.event;
