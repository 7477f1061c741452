"""What the remote clusters know: a history of more than a million samples, and a shop that is scraped now."""

import http.server
import pathlib
import random
import threading
import time

SERIES = 600
SAMPLES = 2000
STEP = 15
HISTORY = "shop_load"


class History:
    """SERIES x SAMPLES gauges, in the past and whole before the newest block of now."""

    def __init__(self):
        self.end = int(time.time()) // 7200 * 7200 - 2 * 3600
        self.start = self.end - (SAMPLES - 1) * STEP
        self.samples = SERIES * SAMPLES

    def write(self, file: pathlib.Path) -> None:
        # Random values do not compress: what crosses the tunnel is about eight bytes for each.
        values = random.Random(7)
        with open(file, "w") as out:
            out.write(f"# TYPE {HISTORY} gauge\n")
            for series in range(SERIES):
                labels = f'{HISTORY}{{shop="s{series:04}",zone="z{series % 7}"}}'
                for i in range(SAMPLES):
                    out.write(f"{labels} {values.random() * 1000:.6f} {self.start + i * STEP}\n")
            out.write("# EOF\n")


class Shop(http.server.ThreadingHTTPServer):
    """A scrape target in the OpenMetrics format, with exemplars."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _ShopPage)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A scraper that goes away is no news."""


class _ShopPage(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        now = time.time()
        count = int(now) - 1_700_000_000
        lines = [
            "# TYPE shop_orders counter",
            "# HELP shop_orders Orders, since the shop opened.",
        ]
        for shop in ("north", "south"):
            trace = f'{{trace_id="{shop}-{count}"}} {count % 9 + 1} {now:.3f}'
            lines.append(f'shop_orders_total{{shop="{shop}"}} {count} # {trace}')
        body = "\n".join([*lines, "# EOF", ""]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
