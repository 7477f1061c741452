package io.tlstunnel.bench.compare;

import java.util.OptionalDouble;

/** What the tunnel is meant to cost, as its share of what each peer costs. */
enum Goal {
  C10X10_CPU(Workload.C10X10, Figure.CPU_PER_CALL, 0.25, 0.10, 0.5, 0.5, 1.0, 0.7),
  C1X100_CPU(Workload.C1X100, Figure.CPU_PER_CALL, 0.15, 0.05, 0.25, 0.25, 1.2, 1.2),
  DOWNLOAD_CPU(Workload.DOWNLOAD, Figure.CPU_PER_GB, 0.5, 0.67, 0.25, 0.5, 0.4, 0.4),
  C1X1_P50(Workload.C1X1, Figure.P50, 0.8, 0.7, 0.7, 0.9, 1.0, 1.0);

  private final Workload workload;
  private final Figure figure;
  private final double envoy;
  private final double nginx;
  private final double haproxy;
  private final double nghttpx;
  private final double haproxyTcp;
  private final double stunnel;

  Goal(
      Workload workload,
      Figure figure,
      double envoy,
      double nginx,
      double haproxy,
      double nghttpx,
      double haproxyTcp,
      double stunnel) {
    this.workload = workload;
    this.figure = figure;
    this.envoy = envoy;
    this.nginx = nginx;
    this.haproxy = haproxy;
    this.nghttpx = nghttpx;
    this.haproxyTcp = haproxyTcp;
    this.stunnel = stunnel;
  }

  double atMost(Peer peer) {
    return switch (peer) {
      case ENVOY -> envoy;
      case NGINX -> nginx;
      case HAPROXY -> haproxy;
      case NGHTTPX -> nghttpx;
      case HAPROXY_TCP -> haproxyTcp;
      case STUNNEL -> stunnel;
      case TUNNEL, TUNNEL_TERMINATED, PLAIN_COPY ->
          throw new IllegalArgumentException(peer + " is no proxy to be compared with");
    };
  }

  OptionalDouble reached(Results results, Peer peer) {
    return results.ratio(peer, workload.toString(), figure);
  }

  OptionalDouble measured(Results results, Peer peer) {
    return results.median(peer, workload.toString(), figure);
  }

  /** What its bars show. */
  String title() {
    return workload + ": " + figure.unit();
  }

  /** As the JSON file calls it: {@code 10x10-cpu}. */
  @Override
  public String toString() {
    return workload + "-" + figure;
  }
}
