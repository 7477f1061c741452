"""gRPC's interop cases with grpc-go on one side or on both: direct, and through the tunnel.

The remotes are grpc-go's server with TLS of its own, the same in cleartext behind nginx that asks for a client
certificate, and grpc-java's server with mutual TLS.
"""

import argparse
import dataclasses
import shutil
import subprocess
import sys

import programs
import remotes
import through
from certificates import Certificates
from processes import Failed, Processes, free_port, listens
from through import Route

FOLDER = programs.TARGET / "interop-run"
LIMIT_SECONDS = 900
CASES = [
    "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream",
    "timeout_on_sleeping_server", "cancel_after_begin", "cancel_after_first_response", "status_code_and_message",
    "special_status_message", "custom_metadata", "unimplemented_method", "unimplemented_service",
    "orca_per_rpc", "orca_oob", "rpc_soak", "channel_soak",
]  # fmt: skip

# The client asks for load reports only under this policy of its own.
ORCA = ['--service_config_json={"loadBalancingConfig": [{"test_backend_metrics_load_balancer": {}}]}']
# Whether all arrives is asked, not how fast this machine is.
SOAK = ["--soak_per_iteration_max_acceptable_latency_ms=20000", "--soak_overall_timeout_seconds=60"]

INGRESS = """
    server {{
        listen LISTEN;
        server_name interop.example;
        ssl_client_certificate {ca};
        ssl_verify_client on;
        client_max_body_size 0;
        location / {{
            grpc_pass grpc://127.0.0.1:{backend};
            grpc_read_timeout 160s;
        }}
    }}"""


@dataclasses.dataclass(frozen=True)
class Way:
    """A client, the port that it asks, and what it must be told for that."""

    name: str
    client: list
    port: int
    options: list = dataclasses.field(default_factory=list)

    def outcome(self, case: str) -> str:
        command = [*self.client, f"--server_port={self.port}", f"--test_case={case}", *self.options]
        command += ORCA if case.startswith("orca") else SOAK if case.endswith("soak") else []
        try:
            result = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=90)
        except subprocess.TimeoutExpired:
            return "no end within 90 s"
        return "passed" if result.returncode == 0 else f"failed: {(result.stderr or result.stdout).strip()[-600:]}"


class Servers:
    """grpc-go's servers and grpc-java's, and what leads to them."""

    def __init__(self, processes: Processes, certificates: Certificates, between: str, java: list):
        certificate = certificates.server("server", "interop.example")
        certificates.client()
        server = programs.go_tool("interop", "google.golang.org/grpc/interop/server", "interop-server")
        self.tls, self.plain = free_port(), free_port()
        files = ["-use_tls", "-tls_cert_file", certificate[0], "-tls_key_file", certificate[1]]
        processes.start("go-tls", [server, "-port", self.tls, *files], listens(self.tls))
        processes.start("go-plain", [server, "-port", self.plain], listens(self.plain))
        ingress = INGRESS.format(ca=certificates.ca, backend=self.plain)
        nginx = remotes.Nginx(processes, "nginx", FOLDER, certificate, ingress)
        # It ends with its standard input.
        command = [*java, "io.tlstunnel.interop.InteropServer", *certificate, certificates.ca]
        processes.start("java", command, lambda: "ports" in processes.tail("java"), stdin=subprocess.PIPE)
        mutual = int(processes.tail("java").split("ports ")[1].split()[1])
        self.to_tls, self.to_nginx, self.to_java = free_port(), free_port(), free_port()
        ways = ((self.to_tls, self.tls), (self.to_nginx, nginx.port), (self.to_java, mutual))
        routes = (Route(listen, port, "interop.example") for listen, port in ways)
        through.WAYS[between](processes, between, certificates.folder, *routes)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tunnel-bench/interop-go", description=__doc__)
    parser.add_argument(
        "--through", choices=through.WAYS, default="tunnel", help="what is in between; default: %(default)s"
    )
    parser.add_argument(
        "--quick", action="store_true", help="without grpc-java's client, which starts a JVM for each case"
    )
    arguments = parser.parse_args()
    between = arguments.through
    shutil.rmtree(FOLDER, ignore_errors=True)
    certificates = Certificates(FOLDER / "certificates")
    client = programs.go_tool("interop", "google.golang.org/grpc/interop/client", "interop-client")
    java = programs.grpc_java()
    go_client = [client, "--server_host=127.0.0.1"]
    java_client = [*java, "io.grpc.testing.integration.TestServiceClient", "--server_host=127.0.0.1", "--use_tls=false"]
    tls = ["--use_tls", "--use_test_ca", f"--ca_file={certificates.ca}", "--server_host_override=interop.example"]
    with Processes(FOLDER / "logs", LIMIT_SECONDS) as processes:
        to = Servers(processes, certificates, between, java)
        ways = [
            Way("grpc-go to grpc-go", go_client, to.tls, tls),
            Way(f"grpc-go to {between} to grpc-go", go_client, to.to_tls),
            Way("grpc-go to grpc-go in cleartext", go_client, to.plain),
            Way(f"grpc-go to {between} to nginx to grpc-go in cleartext", go_client, to.to_nginx),
            Way(f"grpc-go to {between} to grpc-java", go_client, to.to_java),
        ]
        if not arguments.quick:
            ways += [
                Way("grpc-java to grpc-go in cleartext", java_client, to.plain),
                Way(f"grpc-java to {between} to grpc-go", java_client, to.to_tls),
                Way(f"grpc-java to {between} to nginx to grpc-go in cleartext", java_client, to.to_nginx),
            ]
        return run(ways)


def run(ways: list[Way]) -> int:
    failed = 0
    for way in ways:
        outcomes = {case: way.outcome(case) for case in CASES}
        bad = {case: text for case, text in outcomes.items() if text != "passed"}
        print(f"interop-go: {way.name}: {len(CASES) - len(bad)} of {len(CASES)} passed", flush=True)
        for case, text in bad.items():
            print(f"  {case}: {text}")
        failed += len(bad)
    print(f"interop-go: {f'{failed} failed' if failed else 'ok'}, {len(ways)} ways, {len(CASES)} cases each")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as e:
        sys.exit(f"interop-go: {e}")
