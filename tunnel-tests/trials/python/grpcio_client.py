"""One unary call by grpcio, as Debian packages it, with a keepalive PING each second and a second for its answer.

Arguments: the tunnel's port and the call's deadline in milliseconds. Prints "<code> <milliseconds> <message>".
"""

import sys
import time

import grpc

PORT, DEADLINE = map(int, sys.argv[1:])
OPTIONS = [
    # A proxy of the environment is not to stand between us and the tunnel.
    ("grpc.enable_http_proxy", 0),
    ("grpc.keepalive_time_ms", 1_000),
    ("grpc.keepalive_timeout_ms", 1_000),
]

with grpc.insecure_channel(f"127.0.0.1:{PORT}", options=OPTIONS) as channel:
    began = time.monotonic()
    code, message = "OK", ""
    try:
        channel.unary_unary("/trials.Echo/Call")(b"ping", timeout=DEADLINE / 1_000)
    except grpc.RpcError as error:
        code, message = error.code().name, error.details() or ""
    print(code, round((time.monotonic() - began) * 1_000), " ".join(message.split()))
