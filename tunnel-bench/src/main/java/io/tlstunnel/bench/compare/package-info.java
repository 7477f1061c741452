/** The tunnel beside the proxies that it replaces, under the same load, measured from outside. */
@NullMarked
package io.tlstunnel.bench.compare;

import org.jspecify.annotations.NullMarked;
