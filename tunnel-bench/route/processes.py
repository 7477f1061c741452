"""Processes that end with the command that started them."""

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failed(Exception):
    """Something that the command cannot go on without."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def must_be_free(*ports: int) -> None:
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as e:
                raise Failed(f"port {port} is taken: {e}") from e


def wait_until(what: str, condition, seconds: float = 30, every: float = 0.1):
    """Returns the first true value of the condition; its exceptions, Failed apart, count as 'not yet'."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except Failed:
            raise
        except Exception as e:
            last = e
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s, last seen: {last!r}")
        time.sleep(every)


def listens(port: int):
    def connected():
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True

    return connected


def answers(url: str):
    def ok():
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200

    return ok


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Processes:
    """Starts programs with their output in a file each, and ends all of them on exit."""

    def __init__(self, logs: pathlib.Path, limit_seconds: int):
        self._logs = logs
        self._logs.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen] = {}
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit("stopped"))
        signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"not done within {limit_seconds} s"))
        signal.alarm(limit_seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        signal.alarm(0)
        # All are told first: twenty programs that drain one after the other would take minutes.
        for process in self._running.values():
            process.terminate()
        for name in list(self._running):
            self.stop(name, seconds=5)

    def start(self, name: str, command: list, ready=None, seconds: float = 60, **options) -> int:
        with open(self.log_file(name), "ab") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
                **({"stdin": subprocess.DEVNULL} | options),
            )
        self._running[name] = process
        if ready:

            def up():
                if process.poll() is not None:
                    raise Failed(f"{name} ended at once, see {self.log_file(name)}:\n{self.tail(name)}")
                return ready()

            try:
                wait_until(name, up, seconds)
            except Failed as e:
                raise Failed(f"{e}\n{self.tail(name)}") from e
        return process.pid

    def signal(self, name: str, number: int) -> None:
        os.killpg(self._running[name].pid, number)

    def stop(self, name: str, seconds: float = 15) -> None:
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def log_file(self, name: str) -> pathlib.Path:
        return self._logs / f"{name}.log"

    def tail(self, name: str, lines: int = 15) -> str:
        return "\n".join(self.log_file(name).read_text(errors="replace").splitlines()[-lines:])


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads, by its CPU clock; /proc counts in steps of 10 ms."""
    return time.clock_gettime(~pid << 3 | 2)
