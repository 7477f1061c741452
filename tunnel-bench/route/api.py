"""The HTTP API that Prometheus and the Thanos Querier share."""

import json
import urllib.error
import urllib.parse
import urllib.request

SECONDS = 120


class ApiError(Exception):
    """An answer other than success; its text is what a user sees."""


class Api:
    def __init__(self, url: str):
        self._url = url

    def get(self, path: str, **parameters):
        """The answer's data, or ApiError."""
        return self.answer(path, **parameters)["data"]

    def answer(self, path: str, **parameters) -> dict:
        query = urllib.parse.urlencode({key.rstrip("_"): value for key, value in parameters.items()}, doseq=True)
        try:
            with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{query}", timeout=SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as e:
            raise ApiError(e.read().decode(errors="replace")) from e

    def instant(self, query: str, time: float, **more) -> list:
        return series(self.get("query", query=query, time=time, **more)["result"])

    def range(self, query: str, start: float, end: float, step: int, **more) -> list:
        return series(self.get("query_range", query=query, start=start, end=end, step=step, **more)["result"])


def series(result: list, without=("cluster", "replica", "receive", "tenant_id")) -> list:
    """Series in order, without the labels that only the outside of a cluster sees."""
    found = []
    for one in result:
        labels = tuple(sorted((key, value) for key, value in one["metric"].items() if key not in without))
        found.append((labels, one.get("values") or [one["value"]]))
    return sorted(found)


def count(result: list) -> int:
    """How many samples series have together."""
    return sum(len(values) for _, values in result)
