"""grpc-go's interop cases: its client through the tunnel to its server, which has TLS of its own or nginx before it."""

import argparse
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
LIMIT_SECONDS = 600
CASES = [
    "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream",
    "timeout_on_sleeping_server", "cancel_after_begin", "cancel_after_first_response", "status_code_and_message",
    "special_status_message", "custom_metadata", "unimplemented_method", "unimplemented_service",
    "orca_per_rpc", "orca_oob", "rpc_soak", "channel_soak",
]  # fmt: skip

# The client asks for load reports only under this policy of its own.
ORCA = ["-service_config_json", '{"loadBalancingConfig": [{"test_backend_metrics_load_balancer": {}}]}']

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


def outcome(client, port: int, case: str, *options) -> str:
    command = [client, "-server_host", "127.0.0.1", "-server_port", port, "-test_case", case, *options]
    command += ORCA if case.startswith("orca") else []
    try:
        result = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "no end within 60 s"
    return "passed" if result.returncode == 0 else f"failed: {result.stderr.strip().splitlines()[-1:]}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tunnel-bench/interop-go", description=__doc__)
    parser.add_argument("--through", choices=through.WAYS, default="tunnel", help="what is in between; default: %(default)s")
    between = parser.parse_args().through
    shutil.rmtree(FOLDER, ignore_errors=True)
    certificates = Certificates(FOLDER / "certificates")
    certificate = certificates.server("server", "interop.example")
    certificates.client()
    client = programs.go_tool("interop", "google.golang.org/grpc/interop/client", "interop-client")
    server = programs.go_tool("interop", "google.golang.org/grpc/interop/server", "interop-server")
    tls = ["-use_tls", "-use_test_ca", "-ca_file", certificates.ca, "-server_host_override", "interop.example"]
    with Processes(FOLDER / "logs", LIMIT_SECONDS) as processes:
        own, plain, to_own, to_nginx = (free_port() for _ in range(4))
        files = ["-use_tls", "-tls_cert_file", certificate[0], "-tls_key_file", certificate[1]]
        processes.start("server-tls", [server, "-port", own, *files], listens(own))
        processes.start("server-plain", [server, "-port", plain], listens(plain))
        ingress = INGRESS.format(ca=certificates.ca, backend=plain)
        nginx = remotes.Nginx(processes, "nginx", FOLDER, certificate, ingress)
        routes = [Route(to_own, own, "interop.example"), Route(to_nginx, nginx.port, "interop.example")]
        through.WAYS[between](processes, between, certificates.folder, *routes)
        ways = {
            "direct to grpc-go": (own, *tls),
            f"{between} to grpc-go": (to_own,),
            "direct to grpc-go, cleartext": (plain,),
            f"{between} to nginx to grpc-go, cleartext": (to_nginx,),
        }
        failed = 0
        for case in CASES:
            got = {way: outcome(client, port, case, *options) for way, (port, *options) in ways.items()}
            for way, text in got.items():
                if text != "passed":
                    print(f"  {case}, {way}: {text}")
            failed += sum(text != "passed" for text in got.values())
        print(f"interop-go: {len(CASES)} cases, {len(ways)} ways, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as e:
        sys.exit(f"interop-go: {e}")
