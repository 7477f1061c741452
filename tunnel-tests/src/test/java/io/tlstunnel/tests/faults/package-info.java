/** The fault matrix: what clients and remotes see when something on the route goes wrong. */
@NullMarked
package io.tlstunnel.tests.faults;

import org.jspecify.annotations.NullMarked;
