"""What every answer bears, and what none does: nothing is kept, guessed, shared with other origins or led elsewhere."""

import pytest
from tests.gateway.stage import ENQUIRY, Stage

PATHS = ("/healthz", "/v1/transfers/019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d", "/oauth/jwks.json", "/nowhere", "/")
FILES = ("/.git/config", "/.git/HEAD", "/static/", "/docs", "/openapi.json", "/../pyproject.toml", "/%2e%2e/etc/passwd")
ELSEWHERE = {"origin": "https://elsewhere.example", "access_control_request_method": "POST"}


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_kept_or_guessed(stage: Stage, path: str) -> None:
    """Good answers and bad ones: no cache keeps them, and no browser takes JSON for something to be run."""
    for by in ("platform", "nobody"):
        answer = await stage.get(path, by=by)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].split(";")[0] in {"application/json", "application/problem+json"}


@pytest.mark.parametrize("path", PATHS)
async def test_no_other_origin_may_read(stage: Stage, path: str) -> None:
    """Neither asked for as a browser asks first, nor at once: no header ever lets another origin in."""
    asked = [
        await stage.get(path, **ELSEWHERE),
        await stage.http.options(path, headers={"origin": "https://a.example"}),
    ]
    asked.append(await stage.post("/v1/accounts/search", ENQUIRY, **ELSEWHERE))
    assert not [name for one in asked for name in one.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", FILES)
async def test_no_file_is_served(stage: Stage, path: str) -> None:
    """There is none to be served, no folder to be listed, and no page about ourselves."""
    assert (await stage.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/v1/transfers/", "/v1/accounts/search/", "//v1/transfers", "/healthz/"])
async def test_nothing_is_led_elsewhere(stage: Stage, path: str) -> None:
    """A machine that misspells an address is told so; redirected, it would send its token a second time."""
    for answer in (await stage.get(path), await stage.post(path, {})):
        assert answer.status_code in {404, 405}
        assert "location" not in answer.headers
