"""How one counterparty is connected to: its share of our time, sockets and memory, and nothing from the environment.

Never follows a redirect, takes a proxy or keeps a cookie; never lets an address with its query into a log.
"""

import http.cookiejar
import logging

import attrs
import httpx

from cotransfer.adapters.wire import verdicts
from cotransfer.adapters.wire.transport import SwiftTransport


@attrs.frozen(kw_only=True)
class Allowance:
    """How much of our time, sockets and memory one counterparty may take."""

    connect_s: float = 3.0
    read_s: float = 15.0
    write_s: float = 10.0
    pool_s: float = 5.0
    whole_s: float = 30.0
    connections: int = 64
    idle_s: float = 4.0  # Many servers hang up after five: we go first, and rarely write into a closed line.
    answer_bytes: int = 256 * 1024


def http_client(
    base_url: httpx.URL, allowance: Allowance, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url,
        transport=transport or SwiftTransport(connections=allowance.connections, idle_s=allowance.idle_s),
        timeout=httpx.Timeout(
            connect=allowance.connect_s, read=allowance.read_s, write=allowance.write_s, pool=allowance.pool_s
        ),
        headers={
            "Accept": f"{verdicts.JSON}, {verdicts.PROBLEM}",
            # Plain bytes only: a small compressed answer could unfold into more than our memory.
            "Accept-Encoding": "identity",
            "User-Agent": "cotransfer",
        },
        cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )


def _without_queries(record: logging.LogRecord) -> bool:
    """httpx logs every address it calls, and some counterparties want a token in the query."""
    if isinstance(record.args, tuple):
        record.args = tuple(arg.copy_with(query=None) if isinstance(arg, httpx.URL) else arg for arg in record.args)
    return True


logging.getLogger("httpx").addFilter(_without_queries)
