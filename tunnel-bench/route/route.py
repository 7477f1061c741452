"""The route: two remote clusters behind nginx, an observer behind tunnels, and beside it one behind Envoy."""

import dataclasses
import json
import pathlib
import shutil

import through
from certificates import Certificates
from cluster import Cluster, Server
from data import History
from processes import Processes, free_port, must_be_free
from remotes import Nginx
from through import Route

# As in the guide; the third is for remote writes.
SIDECAR, QUERY, RECEIVE = 10000, 10001, 10002

REMOTE_RULES = """
groups:
- name: remote
  rules:
  - record: zone:shop_orders:sum
    expr: sum by (shop) (shop_orders_total)
  - alert: ShopIsOpen
    expr: up{job="shop"} == 1
"""
LOCAL_RULES = """
groups:
- name: local
  rules:
  - record: observer:up:sum
    expr: sum(up{cluster="eu"})
"""


@dataclasses.dataclass(frozen=True)
class Observer:
    """A Querier and what stands between it and the remotes."""

    querier: Server
    proxy: int
    sidecar: str
    query: str


class Scene:
    """Everything that runs. The remote clusters are eu (two replicas: a Sidecar; a Querier) and edge (Receive)."""

    def __init__(self, processes: Processes, folder: pathlib.Path):
        must_be_free(SIDECAR, QUERY, RECEIVE)
        self.processes = processes
        certificates = Certificates(folder / "certificates")
        names = ("sidecar.example", "query.example", "receive.example")
        self.certificate = certificates.server("server", *names)
        self.expired = certificates.server("expired", *names, expired=True)
        certificates.client()
        self._ca = certificates.ca
        self._cluster = Cluster(processes, folder)
        self.history = History()
        self._remotes(folder)
        routes = (
            Route(SIDECAR, self.ingress_0.port, "sidecar.example"),
            Route(QUERY, self.ingress_1.port, "query.example"),
            Route(RECEIVE, self.ingress_1.port, "receive.example"),
        )
        tunnel = through.tunnel(processes, "tunnel", certificates.folder, *routes)
        beside = [dataclasses.replace(route, listen=free_port()) for route in routes]
        envoy = through.envoy(processes, "envoy", certificates.folder, *beside)
        self._local_writers()
        self.tunnel = self._observer("observer", tunnel, SIDECAR, QUERY, self.local_ruler.endpoint)
        self.envoy = self._observer("observer-envoy", envoy, beside[0].listen, beside[1].listen)

    def _remotes(self, folder: pathlib.Path) -> None:
        c = self._cluster
        blocks = folder / "blocks"
        c.import_history(self.history, blocks)
        shutil.copytree(blocks, c.data("prometheus-0"))
        c.upload(blocks, cluster="eu", replica="1")
        self.prometheus = c.prometheus("prometheus-0", {"cluster": "eu", "replica": "0"})
        prometheus_1 = c.prometheus("prometheus-1", {"cluster": "eu", "replica": "1"})
        sidecar = c.sidecar("sidecar-0", self.prometheus)
        sidecar_1 = c.sidecar("sidecar-1", prometheus_1)
        store = c.store_gateway("store-1")
        ruler = c.ruler("ruler-1", REMOTE_RULES, {"cluster": "eu", "replica": "1"}, f"--query={prometheus_1.url}")
        receiver, _ = c.receiver("receive", {"receive": "remote", "replica": "0"})
        stores = (sidecar_1, store, ruler, receiver)
        self.remote_querier = c.querier("querier-1", *(server.endpoint for server in stores))
        self.ingress_0: Nginx = c.nginx("nginx-0", self._ca, self.certificate, sidecar=sidecar.grpc)
        self.ingress_1: Nginx = c.nginx(
            "nginx-1", self._ca, self.certificate, query=self.remote_querier.grpc, receive=receiver.grpc
        )

    def _local_writers(self) -> None:
        """What the observer's side sends: remote writes through a Receive, and a Ruler's queries."""
        c = self._cluster
        ring = json.dumps([{"endpoints": [f"127.0.0.1:{RECEIVE}"]}])
        _, url = c.receiver("receive-router", {"receive": "router"}, f"--receive.hashrings={ring}")
        edge = {"cluster": "edge", "replica": "0"}
        self.edge = c.prometheus("prometheus-edge", edge, f"remote_write: [{{ url: '{url}' }}]")
        endpoint = f"--grpc-query-endpoint=127.0.0.1:{QUERY}"
        self.local_ruler = c.ruler("ruler-observer", LOCAL_RULES, {"ruler": "observer", "replica": "0"}, endpoint)

    def _observer(self, name: str, proxy: int, sidecar: int, query: int, *more: str) -> Observer:
        endpoints = f"127.0.0.1:{sidecar}", f"127.0.0.1:{query}"
        return Observer(self._cluster.querier(name, *endpoints, *more), proxy, *endpoints)
