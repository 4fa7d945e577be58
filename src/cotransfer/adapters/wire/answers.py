"""The body of an answer, counted as it comes. Never unpacks one: what is small on the line may be large unpacked."""

from collections.abc import Callable

import httpx

from cotransfer.ports.errors import Unintelligible

Unfit = Callable[[str], Unintelligible]
"""Makes the error of a counterparty that "answered …", as its text goes on."""


async def gathered(response: httpx.Response, *, limit: int, unfit: Unfit) -> bytes:
    """The whole of it; raises what `unfit` makes of an encoding, or of more than `limit` bytes."""
    if "content-encoding" in response.headers:
        raise unfit("with an encoding that was not asked for")
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            raise unfit(f"more than {limit} bytes")
    return bytes(body)
