/** HTTP/2 as bytes: frame headers, HPACK transcoding, frame writing. */
@org.jspecify.annotations.NullMarked
package io.tlstunnel.internal.wire;
