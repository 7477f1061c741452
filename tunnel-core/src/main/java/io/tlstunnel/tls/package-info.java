/** Who we are and whom we trust: values that need nothing but the JDK, and a log. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.tls;
