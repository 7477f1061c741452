package io.tlstunnel.examples;

import java.util.List;

/** One route in the table that QuickStart prints. */
record Row(
    String route,
    String sni,
    String clientCertificate,
    String authority,
    int calls,
    int messages,
    long bytes,
    long millis) {
  private static final String COLUMNS = "%-18s %-21s %-20s %-21s %5s %8s %11s %7s%n";

  static String table(List<Row> rows) {
    StringBuilder table = new StringBuilder();
    table.append(
        COLUMNS.formatted(
            "route",
            "SNI seen",
            "client certificate",
            ":authority seen",
            "calls",
            "messages",
            "bytes",
            "ms"));
    for (Row row : rows) {
      table.append(
          COLUMNS.formatted(
              row.route,
              row.sni,
              row.clientCertificate,
              row.authority,
              row.calls,
              row.messages,
              row.bytes,
              row.millis));
    }
    return table.toString();
  }
}
