/**
 * What trials with clients, servers, certificates, files and networks of other people found: one
 * row each.
 */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.tests.trials;
