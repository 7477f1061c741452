"""A remote that stops, shows an expired certificate, breaks off and comes back, as the Querier sees it."""

import signal
import threading
import time

import checks
from api import Api
from checks import Report
from data import HISTORY
from processes import wait_until
from route import Observer, Scene

# The Querier asks its endpoints for news every five seconds.
REFRESH_SECONDS = 40


def told(scene: Scene, observer: Observer, report: Report) -> None:
    querier = Api(observer.querier.url)
    peer = f"127.0.0.1:{scene.ingress_0.port}"
    query = f'count({HISTORY}{{cluster="eu"}})'
    before = querier.instant(query, scene.history.end)

    scene.ingress_0.stop()
    error = last_error(querier, observer.sidecar, "refused", peer)
    report.true(f"stopped: the Stores page says why: {error}", says(error, "refused", peer), error)
    beside(scene, observer)
    answer = querier.answer("query", query=query, time=scene.history.end)
    report.true("stopped: a query gives what the other replica has", answer["data"]["result"], answer)

    scene.ingress_0.start(scene.expired)
    error = last_error(querier, observer.sidecar, "expired", peer)
    report.true(f"expired: the Stores page says why: {error}", says(error, "expired", peer), error)
    beside(scene, observer)
    report.true("expired: the other remote is up all the while", checks.is_up(querier, observer.query))
    scene.ingress_0.stop()

    scene.ingress_0.start(scene.certificate)
    _is_back(scene, observer, querier, query, before, report)

    warning = broken_off(scene, querier)
    report.true(f"broken off: the answer says why: {warning}", says(warning, peer), warning)
    scene.ingress_0.start(scene.certificate)
    _is_back(scene, observer, querier, query, before, report)


def _is_back(scene: Scene, observer: Observer, querier: Api, query: str, before: list, report: Report) -> None:
    wait_until("the remote is back", lambda: checks.is_up(querier, observer.sidecar), REFRESH_SECONDS)
    answer = querier.answer("query", query=query, time=scene.history.end)
    report.true("back: no warning, and nothing was restarted", not answer.get("warnings"), answer)
    report.equal("back: the query is answered as before", querier.instant(query, scene.history.end), before)


def last_error(querier: Api, endpoint: str, *words: str) -> str:
    """The Stores page's error for the endpoint, once it has the words; whatever it says if it never does."""
    deadline = time.monotonic() + REFRESH_SECONDS
    while True:
        error = str(checks.stores(querier).get(endpoint, {}).get("lastError"))
        if says(error, *words) or time.monotonic() > deadline:
            return error
        time.sleep(0.5)


def beside(scene: Scene, observer: Observer) -> None:
    """Prints what the user of an Envoy reads at this moment."""
    if observer is scene.tunnel:
        error = last_error(Api(scene.envoy.querier.url), scene.envoy.sidecar, "rpc error")
        print(f"  beside  behind Envoy it says: {error}")


def broken_off(scene: Scene, querier: Api) -> str:
    """Stops the Sidecar, asks, kills nginx while the Querier waits for the answer, and returns the Querier's warnings."""
    scene.processes.signal("sidecar-0", signal.SIGSTOP)
    try:
        got = {}
        query = dict(query=f'sum({HISTORY}{{cluster="eu",replica="0"}})', time=scene.history.end, dedup="false")
        asking = threading.Thread(target=lambda: got.update(querier.answer("query", **query)))
        asking.start()
        asking.join(2)
        waited = asking.is_alive()
        scene.processes.signal("nginx-0", signal.SIGKILL)
        scene.ingress_0.stop()
        asking.join(30)
        return str(got.get("warnings") or got) if waited else f"the query did not wait: {got}"
    finally:
        scene.processes.signal("sidecar-0", signal.SIGCONT)


def says(text: str, *words: str) -> bool:
    return not [word for word in words if word not in text.lower()]
