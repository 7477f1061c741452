"""One bidirectional gRPC call; prints how it ended, a line for each thing.

The first message is sent at once, the second when the first answer has come.
Arguments: the target and the deadline in seconds.
"""
import sys
import threading
import time

import grpc

target, deadline = sys.argv[1], float(sys.argv[2])
answered = threading.Event()
ended = threading.Event()


def requests():
    yield b"first"
    answered.wait()
    if not ended.is_set():
        yield b"second"
    ended.wait()


messages = 0
# A proxy of the environment is not to stand between us and the tunnel.
with grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)]) as channel:
    call = channel.stream_stream("/cause.Store/Series")
    began = time.monotonic()
    responses = call(requests(), timeout=deadline)
    try:
        for response in responses:
            messages += 1
            answered.set()
    except grpc.RpcError:
        pass
    seconds = time.monotonic() - began
    ended.set()
    answered.set()
    print("code " + responses.code().name)
    print("message " + " ".join((responses.details() or "").split()))
    print("messages %d" % messages)
    print("millis %d" % (seconds * 1000))
