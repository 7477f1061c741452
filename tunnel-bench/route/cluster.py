"""The programs of the route: the remote's, which only nginx's TLS port lets in, and the observer's."""

import dataclasses
import pathlib

import programs
from data import History, Shop
from processes import Processes, answers, free_port
from remotes import Nginx

INGRESS = """
    server {{
        listen LISTEN;
        server_name {name};
        ssl_client_certificate {ca};
        ssl_verify_client on;
        client_max_body_size 0;
        location / {{
            grpc_pass grpc://127.0.0.1:{backend};
            grpc_read_timeout 160s;
            grpc_send_timeout 160s;
        }}
    }}
"""
# Whoever asks with another authority than the remote's gets what an ingress gives: its default backend's 404.
DEFAULT = (
    "    server {{ listen LISTEN default_server; ssl_client_certificate {ca}; ssl_verify_client on; return 404; }}\n"
)


def ingress(ca: pathlib.Path, **backends: int) -> str:
    servers = (INGRESS.format(name=f"{name}.example", ca=ca, backend=port) for name, port in backends.items())
    return DEFAULT.format(ca=ca) + "".join(servers)


@dataclasses.dataclass(frozen=True)
class Server:
    name: str
    http: int
    grpc: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.grpc}"


class Cluster:
    """Starts the programs of one run."""

    def __init__(self, processes: Processes, folder: pathlib.Path):
        self.processes = processes
        self.folder = folder
        self.thanos_program = programs.thanos()
        self.prometheus_program, self.promtool = programs.prometheus()
        self.bucket = f"{{type: FILESYSTEM, config: {{directory: {folder}/bucket}}}}"
        self.shop = Shop()

    def import_history(self, history: History, into: pathlib.Path) -> None:
        text = self.folder / "history.txt"
        history.write(text)
        programs.run(self.promtool, "tsdb", "create-blocks-from", "openmetrics", text, into)
        text.unlink()

    def upload(self, blocks: pathlib.Path, **labels: str) -> None:
        (self.folder / "bucket").mkdir(exist_ok=True)
        command = [self.thanos_program, "tools", "bucket", "upload-blocks", f"--path={blocks}"]
        command += [f"--objstore.config={self.bucket}", *_labels(labels)]
        programs.run(*command, cwd=self.folder)

    def prometheus(self, name: str, labels: dict[str, str], more: str = "") -> Server:
        port = free_port()
        configuration = self.folder / f"{name}.yaml"
        external = ", ".join(f'{key}: "{value}"' for key, value in labels.items())
        configuration.write_text(f"""
global: {{ scrape_interval: 1s, external_labels: {{ {external} }} }}
scrape_configs:
- job_name: shop
  static_configs: [{{ targets: ["127.0.0.1:{self.shop.port}"] }}]
{more}
""")
        command = [
            self.prometheus_program, f"--config.file={configuration}", f"--storage.tsdb.path={self.data(name)}",
            f"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage",
            # A Sidecar's Prometheus must not merge blocks.
            "--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h", "--storage.tsdb.retention.time=15d",
        ]  # fmt: skip
        server = Server(name, port, 0)
        self.processes.start(name, command, answers(f"{server.url}/-/ready"))
        return server

    def data(self, name: str) -> pathlib.Path:
        return self.folder / f"data-{name}"

    def thanos(self, component: str, name: str, *arguments: str) -> Server:
        server = Server(name, free_port(), free_port())
        command = [
            self.thanos_program, component, f"--http-address=127.0.0.1:{server.http}", f"--grpc-address={server.endpoint}",
            "--http-grace-period=1s", "--grpc-grace-period=1s", *arguments,
        ]  # fmt: skip
        self.processes.start(name, command, answers(f"{server.url}/-/ready"), cwd=self.folder)
        return server

    def sidecar(self, name: str, prometheus: Server) -> Server:
        url = f"--prometheus.url={prometheus.url}"
        return self.thanos("sidecar", name, url, f"--tsdb.path={self.data(prometheus.name)}")

    def store_gateway(self, name: str) -> Server:
        return self.thanos("store", name, f"--objstore.config={self.bucket}", f"--data-dir={self.data(name)}")

    def querier(self, name: str, *endpoints: str) -> Server:
        return self.thanos("query", name, "--query.replica-label=replica", *(f"--endpoint={e}" for e in endpoints))

    def ruler(self, name: str, rules: str, labels: dict[str, str], *arguments: str) -> Server:
        file = self.folder / f"{name}-rules.yaml"
        file.write_text(rules)
        data = f"--data-dir={self.data(name)}"
        return self.thanos(
            "rule", name, data, f"--rule-file={file}", "--eval-interval=1s", *_labels(labels), *arguments
        )

    def receiver(self, name: str, labels: dict[str, str], *arguments: str) -> tuple[Server, str]:
        """A Receive and its remote-write URL."""
        port = free_port()
        write = f"--remote-write.address=127.0.0.1:{port}"
        data = f"--tsdb.path={self.data(name)}"
        # Listens even where nobody asked for it.
        arguments += (f"--receive.capnproto-address=127.0.0.1:{free_port()}",)
        server = self.thanos("receive", name, write, data, *_labels(labels), *arguments)
        return server, f"http://127.0.0.1:{port}/api/v1/receive"

    def nginx(self, name: str, ca: pathlib.Path, certificate, **backends: int) -> Nginx:
        return Nginx(self.processes, name, self.folder, certificate, ingress(ca, **backends))


def _labels(labels: dict[str, str]) -> list[str]:
    return [f'--label={key}="{value}"' for key, value in labels.items()]
