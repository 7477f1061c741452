/** Programs to run and to copy; the documentation's code is taken from here. */
@NullMarked
package io.tlstunnel.examples;

import org.jspecify.annotations.NullMarked;
