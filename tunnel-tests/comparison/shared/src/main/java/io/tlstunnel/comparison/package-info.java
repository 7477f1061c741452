/** What every tool of the comparison gets for nothing: certificates and a client. */
package io.tlstunnel.comparison;
