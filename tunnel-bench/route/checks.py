"""Every answer through the tunnel against the same question put to the remote directly."""

import math
import time

import api
from api import Api
from data import HISTORY, SERIES, STEP
from processes import wait_until
from route import Observer, Scene

# Between two samples, so that it does not matter on which side a range is open: Prometheus 2 and 3 differ there.
ASIDE = 7


class Report:
    """Counts what was checked, and prints it."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def true(self, what: str, condition, seen="") -> None:
        self.count += 1
        if condition:
            print(f"  ok      {what}", flush=True)
        else:
            self.failed += 1
            print(f"  FAILED  {what}: {str(seen)[:2000]}", flush=True)

    def equal(self, what: str, got, expected) -> None:
        seen = f"{str(got)[:900]} (expected: {str(expected)[:900]})"
        self.true(what, got == expected and got, seen)


def stores(querier: Api) -> dict[str, dict]:
    """What the Querier's Stores page says, by endpoint."""
    return {store["name"]: store for kind in querier.get("stores").values() for store in kind}


def is_up(querier: Api, endpoint: str) -> bool:
    store = stores(querier).get(endpoint)
    return bool(store) and not store["lastError"]


def answers(scene: Scene, observer: Observer, report: Report) -> None:
    querier, prometheus, remote = Api(observer.querier.url), Api(scene.prometheus.url), Api(scene.remote_querier.url)
    for endpoint in (observer.sidecar, observer.query):
        wait_until(f"{endpoint} is up", lambda: is_up(querier, endpoint), 60)
    # The first scrapes of both replicas.
    wait_until(
        "both replicas scrape", lambda: len(querier.instant('up{cluster="eu"}', time.time(), dedup="false")) == 2, 60
    )
    _labels_of_stores(querier, observer, report)
    _history(scene, querier, prometheus, remote, report)
    _everything_else(querier, prometheus, remote, report)


def _labels_of_stores(querier: Api, observer: Observer, report: Report) -> None:
    sets = {name: store["labelSets"] for name, store in stores(querier).items()}
    report.equal("the Sidecar is up with its labels", sets[observer.sidecar], [{"cluster": "eu", "replica": "0"}])
    labels = {"cluster": "eu", "replica": "1"}
    report.true("the remote Querier is up with its stores' labels", labels in sets[observer.query], sets)


def _history(scene: Scene, querier: Api, prometheus: Api, remote: Api, report: Report) -> None:
    history = scene.history
    end = history.end + ASIDE
    first, second = f'{HISTORY}{{replica="0"}}', f'{HISTORY}{{replica="1"}}'
    whole = dict(start=history.start + ASIDE, end=end, step=STEP)
    for name, selector, direct, theirs in (
        ("Sidecar", first, prometheus, HISTORY),
        ("remote Querier", second, remote, second),
    ):
        raw = querier.instant(f"{selector}[9h]", end, dedup="false")
        report.equal(
            f"{name}: an instant query over {api.count(raw):,} samples counts all of them",
            api.count(raw),
            history.samples,
        )
        report.true(f"{name}: and equals the direct one", raw == direct.instant(f"{theirs}[9h]", end, dedup="false"))
        ranged = querier.range(selector, **whole, dedup="false")
        report.equal(
            f"{name}: a range query with {api.count(ranged):,} samples returns all of them",
            api.count(ranged),
            history.samples,
        )
        report.true(f"{name}: and equals the direct one", ranged == direct.range(theirs, **whole, dedup="false"))
        query = "avg by (zone) (avg_over_time({}[5m]))"
        minutes = dict(whole, step=60)
        through, itself = (
            querier.range(query.format(selector), **minutes, dedup="false"),
            direct.range(query.format(theirs), **minutes, dedup="false"),
        )
        different = difference(through, itself)
        # Sums of floats: Prometheus 2 and the engine in Thanos add them up in different ways.
        report.true(f"{name}: an average by zone equals the direct one within 1e-9", different < 1e-9, different)
    _dedup(querier, end, first, whole, report)


def difference(one: list, other: list) -> float:
    """The largest relative difference of two results; infinite if they have other series or times."""
    largest = 0.0 if one and [labels for labels, _ in one] == [labels for labels, _ in other] else math.inf
    for (_, left), (_, right) in zip(one, other):
        if [at for at, _ in left] != [at for at, _ in right]:
            return math.inf
        pairs = ((float(a), float(b)) for (_, a), (_, b) in zip(left, right))
        largest = max([largest, *(abs(a - b) / max(abs(a), abs(b), 1e-300) for a, b in pairs)])
    return largest


def _dedup(querier: Api, end: int, first: str, whole: dict, report: Report) -> None:
    counts = [querier.instant(f"count({HISTORY})", end - 60, dedup=dedup)[0][1][0][1] for dedup in ("true", "false")]
    report.equal("two replicas are one when deduplicated, and two when not", counts, [str(SERIES), str(2 * SERIES)])
    deduplicated = querier.range(HISTORY, **whole, dedup="true")
    report.true("deduplicated series equal one replica's", deduplicated == querier.range(first, **whole, dedup="false"))


def _everything_else(querier: Api, prometheus: Api, remote: Api, report: Report) -> None:
    now = time.time()
    window = dict(start=now - 10, end=now - 2)
    question = dict(window, query='shop_orders_total{replica="0"}')
    expected = exemplars(prometheus.get("query_exemplars", **dict(window, query="shop_orders_total")))
    report.equal(
        "exemplars equal the Sidecar's Prometheus'", exemplars(querier.get("query_exemplars", **question)), expected
    )
    question["query"] = 'shop_orders_total{replica="1"}'
    expected = exemplars(remote.get("query_exemplars", **question))
    report.equal(
        "exemplars equal the remote Querier's", exemplars(querier.get("query_exemplars", **question)), expected
    )

    day = dict(start=now - 86400, end=now)
    outside = {"cluster", "replica"}
    match = {"match[]": '{cluster="eu",replica="0"}'}
    names = set(querier.get("labels", **day, **match))
    report.equal(
        "label names equal the Sidecar's Prometheus' and its external labels",
        names,
        set(prometheus.get("labels", **day)) | outside,
    )
    values = querier.get("label/shop/values", **day, **match)
    report.equal("label values equal the Sidecar's Prometheus'", values, prometheus.get("label/shop/values", **day))
    match = {"match[]": '{cluster="eu",replica="1"}'}
    report.equal(
        "label names equal the remote Querier's",
        querier.get("labels", **day, **match),
        remote.get("labels", **day, **match),
    )
    match = {"match[]": f'{HISTORY}{{replica="1"}}'}
    found = querier.get("series", **day, **match, dedup="false")
    order = lambda labels: sorted(labels.items())
    report.equal(
        "series equal the remote Querier's",
        sorted(found, key=order),
        sorted(remote.get("series", **day, **match, dedup="false"), key=order),
    )

    metadata = prometheus.get("metadata", metric="shop_orders")
    report.equal("metadata equals the Sidecar's Prometheus'", querier.get("metadata", metric="shop_orders"), metadata)
    targets = {target["scrapeUrl"] for target in querier.get("targets", state="active")["activeTargets"]}
    report.equal(
        "targets include the Sidecar's",
        targets,
        {target["scrapeUrl"] for target in prometheus.get("targets")["activeTargets"]},
    )
    rules = wait_until("the remote Ruler has evaluated", lambda: remote_rules(querier), 60)
    report.equal("rules are the remote Ruler's", rules, {("record", "zone:shop_orders:sum"), ("alert", "ShopIsOpen")})
    recorded = wait_until(
        "the remote Ruler's record", lambda: querier.instant("zone:shop_orders:sum", time.time() - 2), 60
    )
    report.equal(
        "what the remote Ruler recorded is there",
        [dict(labels).get("shop") for labels, _ in recorded],
        ["north", "south"],
    )


def exemplars(found: list) -> list:
    """Traces by shop, whatever the order."""
    return sorted(
        (one["seriesLabels"]["shop"], e["labels"]["trace_id"], e["value"], e["timestamp"])
        for one in found
        for e in one["exemplars"]
    )


def remote_rules(querier: Api) -> set:
    groups = [group for group in querier.get("rules")["groups"] if group["name"] == "remote"]
    kinds = {"recording": "record", "alerting": "alert"}
    return {(kinds[rule["type"]], rule["name"]) for group in groups for rule in group["rules"]}


def writers(scene: Scene, observer: Observer, report: Report) -> None:
    """What the observer's side sends through tunnels of its own: remote writes and a Ruler's queries."""
    querier, remote, edge = Api(observer.querier.url), Api(scene.remote_querier.url), Api(scene.edge.url)
    query = 'shop_orders_total{cluster="edge"}'
    wait_until("the remote Receive has samples", lambda: remote.instant(query, time.time()), 60)
    # A closed window in the past, which the Receive gets to have whole some moments later.
    at = wait_until("ten seconds of remote writes", lambda: _written(remote, query), 60)
    scraped = edge.instant("shop_orders_total[8s]", at)
    got = settled(lambda: remote.instant(f"{query}[8s]", at), scraped)
    report.equal("Receive: what was written through the tunnel equals what was scraped", got, scraped)
    report.equal("Receive: and is queried back through the tunnel", querier.instant(f"{query}[8s]", at), got)
    # The Ruler's first evaluations may come before the first scrape: then nothing is up yet.
    record = lambda: [value for _, [(_, value)] in querier.instant("observer:up:sum", time.time())]
    report.equal("Ruler: evaluates over gRPC through the tunnel", settled(record, ["1"]), ["1"])


def settled(ask, expected, seconds: int = 60):
    """What is answered once it is as expected; whatever is answered if it never is."""
    deadline = time.monotonic() + seconds
    while (answer := ask()) != expected and time.monotonic() < deadline:
        time.sleep(0.5)
    return answer


def _written(remote: Api, query: str):
    at = time.time() - 3
    return at if api.count(remote.instant(f"{query}[8s]", at)) >= 14 else None
