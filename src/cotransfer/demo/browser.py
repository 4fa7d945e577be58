"""A citizen's browser: signs in at the gateway with the identity provider, by authorization code and PKCE.

Holds the cookies of one person and nothing else, and goes where it is sent, as browsers do.
"""

from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx


class Browser:
    """`async with` one; nobody is signed in at first."""

    def __init__(self, gateway: str) -> None:
        self._http = httpx.AsyncClient(base_url=gateway, trust_env=False, timeout=10, headers={"Accept-Language": "en"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def sign_in(self, hint: str) -> httpx.Response:
        """As the person that the simulated provider knows by `hint`; the page where it ends, `/v1/me`."""
        page = await self._sent_on(httpx.URL("/signin?" + urlencode({"as": "citizen", "next": "/v1/me"})))
        callback = await self._sent_on(page.copy_merge_params({"login_hint": hint}))
        return await self._http.get(await self._sent_on(callback))

    async def _sent_on(self, address: httpx.URL) -> httpx.URL:
        """Where this address leads."""
        answer = await self._http.get(address)
        if not answer.has_redirect_location:
            raise RuntimeError(f"the sign-in came to its end early: {answer.status_code}")
        return httpx.URL(answer.headers["location"])

    async def get(self, path: str) -> httpx.Response:
        """A page of the gateway."""
        return await self._http.get(path)
