"""What stands between client and remote: the tunnel, or Envoy configured as the same tunnel."""

import dataclasses
import pathlib

import programs
from processes import Processes, listens


@dataclasses.dataclass(frozen=True)
class Route:
    listen: int
    port: int
    name: str


def tunnel(processes: Processes, name: str, certificates: pathlib.Path, *routes: Route) -> int:
    """Starts tunnels and returns their process id."""
    arguments = [f"{route.listen}=127.0.0.1:{route.port}/{route.name}" for route in routes]
    ready = lambda: all(listens(route.listen)() for route in routes)
    return processes.start(name, programs.tunnels(certificates, *arguments), ready)


def envoy(processes: Processes, name: str, certificates: pathlib.Path, *routes: Route) -> int:
    """Starts Envoy with one worker and returns its process id."""
    configuration = certificates.parent / f"{name}.yaml"
    text = "static_resources:\n  listeners:\n" + "".join(map(_listener, routes))
    text += "  clusters:\n" + "".join(_cluster(route, certificates) for route in routes)
    configuration.write_text(text)
    command = [
        programs.envoy(),
        "-c",
        configuration,
        "--concurrency",
        "1",
        "--log-level",
        "warn",
        "--use-dynamic-base-id",
    ]
    return processes.start(name, command, lambda: all(listens(route.listen)() for route in routes))


# As in the Thanos guide 'Configuring Thanos Secure TLS Cross-Cluster Communication', with what it lacks:
# the router's type, no route timeout (the default cuts a query after 15 s), and the remote's name verified.
def _listener(route: Route) -> str:
    return f"""
  - name: listener_{route.listen}
    address: {{ socket_address: {{ address: 127.0.0.1, port_value: {route.listen} }} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          codec_type: AUTO
          stat_prefix: ingress_http
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{ prefix: "/" }}
                route: {{ cluster: remote_{route.listen}, host_rewrite_literal: {route.name}, timeout: 0s }}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }}
"""


def _cluster(route: Route, certificates: pathlib.Path) -> str:
    return f"""
  - name: remote_{route.listen}
    connect_timeout: 30s
    type: LOGICAL_DNS
    dns_lookup_family: V4_ONLY
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {{ http2_protocol_options: {{}} }}
    load_assignment:
      cluster_name: remote_{route.listen}
      endpoints:
      - lb_endpoints:
        - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {route.port} }} }} }}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: {route.name}
        common_tls_context:
          alpn_protocols: [h2]
          tls_certificates:
          - certificate_chain: {{ filename: {certificates}/client.pem }}
            private_key: {{ filename: {certificates}/client.key }}
          validation_context:
            trusted_ca: {{ filename: {certificates}/ca.pem }}
            match_typed_subject_alt_names:
            - {{ san_type: DNS, matcher: {{ exact: {route.name} }} }}
"""


WAYS = {"tunnel": tunnel, "envoy": envoy}
