/** The tunnels of the Thanos route, h2spec and the interop cases, as a process of their own. */
@NullMarked
package io.tlstunnel.bench.route;

import org.jspecify.annotations.NullMarked;
