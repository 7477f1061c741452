"""Unary calls by grpclib.

Arguments: the tunnel's port, how many callers there are, how many calls each of them makes, one after the other, and
each call's deadline in milliseconds. Prints "<code> <milliseconds> <message>" for each call; where grpclib throws
something that is no status, the code is the exception's name. Callers rest between calls, not all of them for as
long, so that calls begin at any time.
"""

import asyncio
import sys
import time

import grpclib.client
import grpclib.const
import grpclib.encoding.base
import grpclib.exceptions

PORT, CALLERS, CALLS, DEADLINE = map(int, sys.argv[1:])


class Bytes(grpclib.encoding.base.CodecBase):
    __content_subtype__ = "proto"

    def encode(self, message, message_type):
        return message

    def decode(self, data, message_type):
        return data


async def call(method) -> tuple[str, str]:
    try:
        await method(b"ping", timeout=DEADLINE / 1_000)
    except grpclib.exceptions.GRPCError as error:
        return error.status.name, error.message or ""
    except asyncio.TimeoutError:
        return "DEADLINE_EXCEEDED", ""
    except Exception as error:
        return type(error).__name__, str(error)
    return "OK", ""


async def caller(number: int, method) -> None:
    for _ in range(CALLS):
        began = time.monotonic()
        code, message = await call(method)
        print(code, round((time.monotonic() - began) * 1_000), " ".join(message.split()))
        await asyncio.sleep(number % 10 / 1_000)


async def main() -> None:
    async with grpclib.client.Channel("127.0.0.1", PORT, codec=Bytes()) as channel:
        method = grpclib.client.UnaryUnaryMethod(channel, "/trials.Echo/Call", bytes, bytes)
        await asyncio.gather(*(caller(number, method) for number in range(CALLERS)))


asyncio.run(main())
