package io.tlstunnel.junit;

import java.util.List;
import java.util.Map;

/**
 * A call as it stood on the wire when its request headers reached a backend.
 *
 * @param path {@code :path}, such as {@code /thanos.Store/Series}
 * @param authority {@code :authority}, empty if the request had none
 * @param metadata the header fields that are no pseudo-headers, in order; names are in lower case,
 *     values of {@code -bin} fields are base64 as sent
 * @param sni the name that the client put into its ClientHello, empty if none
 * @param alpn the protocol that both sides agreed on, {@code h2}; empty if none
 * @param clientPrincipal the subject of the client's certificate, such as {@code CN=querier}; empty
 *     if it showed none
 * @param connection which connection of this backend, from 1
 * @param stream the HTTP/2 stream id: 1, 3, 5, ...
 */
public record RecordedCall(
    String path,
    String authority,
    Map<String, List<String>> metadata,
    String sni,
    String alpn,
    String clientPrincipal,
    int connection,
    int stream) {

  /** The first value of a header field, or an empty text. */
  public String header(String name) {
    List<String> values = metadata.get(name);
    return values == null ? "" : values.get(0);
  }
}
