"""A transport that holds every request and every answer against a contract on the way."""

import httpx
from typing_extensions import override

from cotransfer.adapters.wire.contracts import Contract


class Watched(httpx.AsyncBaseTransport):
    """Passes everything on to `inner`; raises `ContractBroken` at the first word that the contract does not have."""

    def __init__(self, inner: httpx.AsyncBaseTransport, contract: Contract) -> None:
        self.seen = 0
        self._inner = inner
        self._contract = contract

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self._contract.check_request(request.method, path, request.headers, request.content)
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        await response.aclose()
        self._contract.check_response(request.method, path, response.status_code, response.headers, body)
        self.seen += 1
        return httpx.Response(response.status_code, headers=response.headers, content=body)

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()
