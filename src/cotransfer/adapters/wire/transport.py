"""The transport beneath httpx: aiohttp, several times faster than httpx's own once many calls are under way.

Never leaves a doubt whether something was sent: the bridge (httpx-aiohttp) calls every broken connection a
"connect timeout", even one that broke after the request was out; here those get their true names back.
"""

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from typing_extensions import override

_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_LONGEST_HEADER = 8 * 1024


class SwiftTransport(AiohttpTransport):
    """aiohttp under httpx's interface, without cookies, proxies or settings from the environment."""

    def __init__(self, *, connections: int, idle_s: float) -> None:
        limits = httpx.Limits(max_connections=connections, keepalive_expiry=idle_s)
        super().__init__(trust_env=False, limits=limits, client=self._session)

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry,
            ssl=self.ssl_context,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except httpx.ConnectTimeout as error:
            if isinstance(error.__cause__, _UNSENT):
                raise
            raise httpx.ReadError("The connection broke off.", request=request) from error
        except aiohttp.ClientError as error:  # What the bridge has no word for: an answer that is not HTTP.
            raise httpx.RemoteProtocolError("The answer is not HTTP.", request=request) from error
