"""Remote ends: TLS servers that speak HTTP/2, as their users configure them."""

import pathlib

import programs
from processes import Processes, free_port, listens


def nghttpd(processes: Processes, name: str, content: pathlib.Path, certificate) -> int:
    port = free_port()
    command = [programs.debian("nghttpd", "nghttp2-server"), "-a", "127.0.0.1", "-d", content, port]
    processes.start(name, [*command, certificate[1], certificate[0]], listens(port))
    return port


def haproxy(processes: Processes, name: str, folder: pathlib.Path, content: pathlib.Path, certificate) -> int:
    """HAProxy, HTTP/2 on both sides, with nghttpd behind it."""
    port, backend = free_port(), free_port()
    nghttpd = programs.debian("nghttpd", "nghttp2-server")
    processes.start(
        f"{name}-backend", [nghttpd, "--no-tls", "-a", "127.0.0.1", "-d", content, backend], listens(backend)
    )
    both = folder / f"{name}.pem"
    both.write_text(certificate[0].read_text() + certificate[1].read_text())
    configuration = folder / f"{name}.cfg"
    configuration.write_text(f"""
global
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 160s
    timeout server 160s
frontend remote
    bind 127.0.0.1:{port} ssl crt {both} alpn h2
    default_backend content
backend content
    server nghttpd 127.0.0.1:{backend} proto h2
""")
    processes.start(name, [programs.debian("haproxy", "haproxy"), "-db", "-f", configuration], listens(port))
    return port


class Nginx:
    """One nginx: an ingress of one cluster. Its port stays the same when it is started anew."""

    def __init__(self, processes: Processes, name: str, folder: pathlib.Path, certificate, servers: str, top: str = ""):
        self._processes = processes
        self._name = name
        self._folder = folder / name
        self._servers = servers
        self._top = top
        self.port = free_port()
        self._folder.mkdir(parents=True, exist_ok=True)
        self.start(certificate)

    def start(self, certificate) -> None:
        temporary = "\n".join(
            f"    {kind}_temp_path {self._folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = self._folder / "nginx.conf"
        configuration.write_text(f"""
worker_processes 1;
pid {self._folder}/pid;
daemon off;
error_log stderr;
{self._top}
events {{ }}
http {{
    access_log off;
{temporary}
    ssl_certificate {certificate[0]};
    ssl_certificate_key {certificate[1]};
    ssl_protocols TLSv1.2 TLSv1.3;
{self._servers.replace("LISTEN", f"127.0.0.1:{self.port} ssl http2")}
}}
""")
        nginx = programs.debian("nginx", "nginx")
        self._processes.start(self._name, [nginx, "-c", configuration, "-e", "stderr"], listens(self.port))

    def stop(self) -> None:
        self._processes.stop(self._name)


def nginx_content(processes: Processes, name: str, folder: pathlib.Path, content: pathlib.Path, certificate) -> int:
    servers = f"    server {{ listen LISTEN; root {content}; error_page 405 =200 $uri; }}"
    return Nginx(processes, name, folder, certificate, servers, top="user root;").port
