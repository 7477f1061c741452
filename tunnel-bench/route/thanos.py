"""Queries two remote Thanos clusters through tunnels, and checks every answer against the remote's own."""

import argparse
import shutil
import sys

import checks
import cost
import failures
import programs
from processes import Failed, Processes
from route import Scene

FOLDER = programs.TARGET / "thanos-run"
LIMIT_SECONDS = 1500


def main() -> int:
    parser = argparse.ArgumentParser(prog="tunnel-bench/thanos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds of the comparison with Envoy")
    parser.add_argument("--through", choices=["tunnel", "envoy"], default="tunnel", help="whose answers are checked")
    arguments = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with Processes(FOLDER / "logs", LIMIT_SECONDS) as processes:
        scene = Scene(processes, FOLDER)
        observer = scene.tunnel if arguments.through == "tunnel" else scene.envoy
        report = checks.Report()
        checks.answers(scene, observer, report)
        if observer is scene.tunnel:
            checks.writers(scene, observer, report)
        failures.told(scene, observer, report)
        cost.compare(scene, rounds=3 if arguments.quick else 9)
    if report.failed:
        print(f"thanos: {report.failed} of {report.count} checks failed")
        return 1
    print(f"thanos: ok, {report.count} checks")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as e:
        sys.exit(f"thanos: {e}")
