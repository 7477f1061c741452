"""h2spec against three remotes, direct and through the tunnel, case by case.

h2spec shows no client certificate, so that these remotes ask for none.
"""

import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

import programs
import remotes
import through
from certificates import Certificates
from processes import Failed, Processes, free_port
from through import Route

FOLDER = programs.TARGET / "h2spec-run"
LIMIT_SECONDS = 1500
# A case that differs is asked again this many times on both sides: some servers answer the same case
# in two ways, depending on which of two packets comes first.
REPEATS = 7


def outcomes(h2spec: pathlib.Path, port: int, tls: bool, report: pathlib.Path, *cases: str) -> dict[str, str]:
    """What each case came to: 'passed', 'skipped', or the failure's text."""
    command = [h2spec, "--strict", "-h", "127.0.0.1", "-p", str(port), "-o", "2", "-j", report, *cases]
    report.unlink(missing_ok=True)
    subprocess.run(command + (["-t", "-k"] if tls else []), capture_output=True, timeout=400)
    if not report.exists():
        raise Failed(f"{h2spec} wrote no report for port {port}")
    results: dict[str, str] = {}
    # It writes the payload of a PING as it is, and XML knows no control characters.
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]", "", report.read_text(errors="replace"))
    for case in xml.etree.ElementTree.fromstring(text).iter("testcase"):
        failure = next((child for child in case if child.tag in ("failure", "error")), None)
        # package="http2/5.1.1" and one after the other in it; the number is what h2spec takes as an argument.
        section = case.get("package")
        number = sum(1 for key in results if key.rpartition("/")[0] == section) + 1
        text = "passed"
        if any(child.tag == "skipped" for child in case):
            text = "skipped"
        elif failure is not None:
            text = " ".join("".join(failure.itertext()).split())
        results[f"{section}/{number}"] = text
        TITLES[f"{section}/{number}"] = case.get("classname")
    return results


TITLES: dict[str, str] = {}


def verdict(text: str) -> str:
    return text if text in ("passed", "skipped") else "failed"


def again(h2spec, case: str, port: int, tls: bool, report) -> collections.Counter:
    return collections.Counter(
        verdict(outcomes(h2spec, port, tls, report, case)[f"{case.rpartition('/')[0]}/1"]) for _ in range(REPEATS)
    )


def compare(label: str, h2spec, remote_port: int, tunnel_port: int, report: pathlib.Path) -> int:
    direct = outcomes(h2spec, remote_port, True, report)
    through = outcomes(h2spec, tunnel_port, False, report)
    if not direct or direct.keys() != through.keys():
        raise Failed(f"{label}: {len(direct)} cases direct, {len(through)} through the tunnel")
    count = collections.Counter(map(verdict, direct.values()))
    different = 0
    for case in direct:
        if verdict(direct[case]) == verdict(through[case]):
            continue
        mine, its = again(h2spec, case, tunnel_port, False, report), again(h2spec, case, remote_port, True, report)
        steady = set(mine) == set(its) or len(its) > 1
        different += not steady
        print(f"  {'unsteady' if steady else 'DIFFERENT'} {label} {case}: {TITLES[case]}")
        print(f"    direct:  {direct[case]}; then {dict(its)}")
        print(f"    through: {through[case]}; then {dict(mine)}")
    print(
        f"h2spec: {label}: direct {count['passed']} of {len(direct)} passed, {different} different through the tunnel",
        flush=True,
    )
    return different


def main() -> int:
    parser = argparse.ArgumentParser(prog="tunnel-bench/h2spec", description=__doc__)
    parser.add_argument(
        "--through", choices=through.WAYS, default="tunnel", help="what is in between; default: %(default)s"
    )
    parser.add_argument("--quick", action="store_true", help="one remote and one h2spec")
    parser.add_argument("--remote", action="append", choices=["nghttpd", "haproxy", "nginx"], help="only this remote")
    arguments = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    certificate = (certificates := Certificates(FOLDER / "certificates")).server("server", "remote.example")
    certificates.client()
    content = FOLDER / "content"
    content.mkdir()
    (content / "index.html").write_text("<p>" + "content " * 200 + "</p>\n")
    tools = {"2.2.0": programs.h2spec_2_2_0()}
    if not arguments.quick:
        tools[programs.go_version("h2spec", "github.com/summerwind/h2spec")] = programs.newest_h2spec()
    wanted = arguments.remote or (["nghttpd"] if arguments.quick else ["nghttpd", "haproxy", "nginx"])
    with Processes(FOLDER / "logs", LIMIT_SECONDS) as processes:
        start = {
            "nghttpd": lambda: remotes.nghttpd(processes, "nghttpd", content, certificate),
            "haproxy": lambda: remotes.haproxy(processes, "haproxy", FOLDER, content, certificate),
            "nginx": lambda: remotes.nginx_content(processes, "nginx", FOLDER, content, certificate),
        }
        ports = {name: (start[name](), free_port()) for name in wanted}
        routes = [Route(tunnel, remote, "remote.example") for remote, tunnel in ports.values()]
        through.WAYS[arguments.through](processes, arguments.through, certificates.folder, *routes)
        different = 0
        for version, tool in tools.items():
            for name, (remote, tunnel) in ports.items():
                different += compare(f"{version} {name}", tool, remote, tunnel, FOLDER / "report.xml")
    print(f"h2spec: {'ok, no case differs' if different == 0 else f'{different} cases differ'}")
    return 1 if different else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as e:
        sys.exit(f"h2spec: {e}")
