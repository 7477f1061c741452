/** What a walk along a tunnel's route found, step by step, as values. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.diagnosis;
