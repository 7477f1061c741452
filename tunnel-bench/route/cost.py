"""The same queries through the tunnel and through Envoy, in turn: what they take, and what the proxy's process pays."""

import json
import statistics
import time

import programs
from api import Api
from data import HISTORY, STEP
from processes import cpu_seconds
from route import Observer, Scene

SMALL = 100
# For compilers and caches: the JVM's optimizing compiler wants some ten thousand frames.
WARM_UP_ROUNDS = 20


def compare(scene: Scene, rounds: int) -> None:
    history = scene.history
    whole = dict(start=history.start, end=history.end, step=STEP * 20, dedup="false")

    def large(querier: Api) -> None:
        querier.get("query_range", query=f"sum(sum_over_time({HISTORY}[5m]))", **whole)

    def small(querier: Api) -> None:
        for _ in range(SMALL):
            querier.get("query", query='up{cluster="eu"}', time=time.time())

    observers = {"tunnel": scene.tunnel, "envoy": scene.envoy}
    result: dict = {}
    for name, work, per in ((f"range over {2 * history.samples:,} samples", large, 1), ("instant query", small, SMALL)):
        taken: dict = {who: {"ms": [], "cpu_ms": []} for who in observers}
        for number in range(-WARM_UP_ROUNDS, rounds):
            for who, observer in observers.items():
                ms, cpu = measure(observer, work, per)
                if number >= 0:
                    taken[who]["ms"].append(ms)
                    taken[who]["cpu_ms"].append(cpu)
        result[name] = {
            who: {key: statistics.median(values) for key, values in of.items()} for who, of in taken.items()
        }
        for who, of in result[name].items():
            print(
                f"  cost    {name}, {who}: {of['ms']:.2f} ms, of which {of['cpu_ms']:.2f} ms of the proxy's CPU (median of {rounds})"
            )
    (programs.TARGET / "thanos-cost.json").write_text(json.dumps(result, indent=2) + "\n")


def measure(observer: Observer, work, per: int) -> tuple[float, float]:
    """Milliseconds for one query, and the proxy's CPU milliseconds in that time."""
    querier = Api(observer.querier.url)
    cpu, begin = cpu_seconds(observer.proxy), time.monotonic()
    work(querier)
    return (time.monotonic() - begin) * 1000 / per, (cpu_seconds(observer.proxy) - cpu) * 1000 / per
