"""Who may call what: every operation against every caller, and every way to hold a token wrongly."""

import hashlib

import pytest
from tests.gateway.stage import ENQUIRY, IDENTITY, PLATFORM_TOKEN, SUBMISSION, WATER_TOKEN, Stage

from cotransfer.adapters.gateway.clients import Client, Clients
from cotransfer.domain.values import UtilityId

T = "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"
PLATFORM_ONLY = [
    ("POST", "/v1/properties/search", IDENTITY),
    ("POST", "/v1/accounts/search", ENQUIRY),
    ("POST", "/v1/transfers", SUBMISSION),
    ("GET", f"/v1/transfers/{T}", None),
    ("POST", f"/v1/transfers/{T}/signing", {}),
]
UTILITY_ONLY = [
    ("POST", f"/v1/utility/transfers/{T}/pre-review", {"result": "passed"}),
    ("POST", f"/v1/utility/transfers/{T}/signing", {"outcome": "expired"}),
    ("POST", f"/v1/utility/transfers/{T}/handling", {"result": "done"}),
    ("GET", f"/v1/utility/transfers/{T}/certificate", None),
    ("GET", f"/v1/utility/transfers/{T}/identity", None),
]
ALL = [*PLATFORM_ONLY, *UTILITY_ONLY]


async def call(stage: Stage, method: str, path: str, body: dict | None, **more: str):
    """One operation, by whoever."""
    return await (stage.get(path, **more) if method == "GET" else stage.post(path, body, **more))


@pytest.mark.parametrize(("method", "path", "body"), PLATFORM_ONLY)
async def test_a_utility_may_not_do_what_is_the_platforms(stage: Stage, method: str, path: str, body: dict | None):
    """§8: a utility has the utility's operations and no other."""
    response = await call(stage, method, path, body, by="water")
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert stage.stored == (0, 0)


@pytest.mark.parametrize(("method", "path", "body"), UTILITY_ONLY)
async def test_the_platform_may_not_do_what_is_a_utilitys(stage: Stage, method: str, path: str, body: dict | None):
    """§8: nor may the platform report in a utility's name."""
    response = await call(stage, method, path, body, by="platform")
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("method", "path", "body"), ALL)
async def test_nobody_may_do_nothing(stage: Stage, method: str, path: str, body: dict | None):
    """I9: a request without a token changes nothing, and learns which scheme is expected."""
    response = await call(stage, method, path, body, by="nobody")
    assert (response.status_code, response.json()["code"]) == (401, "not_authorised")
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert stage.stored == (0, 0)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Bearer ",
        PLATFORM_TOKEN,
        f"Basic {PLATFORM_TOKEN}",
        f"Bearer {PLATFORM_TOKEN}x",
        f"Bearer {PLATFORM_TOKEN[:-1]}",
        f"Bearer {PLATFORM_TOKEN.upper()}",
        f"Bearer {PLATFORM_TOKEN}, Bearer {WATER_TOKEN}",
        f"Bearer {PLATFORM_TOKEN} {PLATFORM_TOKEN}",
        "Bearer \xff\xfe\x80",
        "Bearer " + "a" * 60_000,
        f"Bearer\t{PLATFORM_TOKEN}",
        f"Bearer {hashlib.sha256(PLATFORM_TOKEN.encode()).hexdigest()}",
    ],
)
async def test_what_is_not_quite_a_token_is_none(stage: Stage, shown: str):
    """I9: whatever is shown instead of a token is a 401, never a 5xx."""
    response = await stage.http.get(f"/v1/transfers/{T}", headers=[(b"authorization", shown.encode("latin-1"))])
    assert response.status_code == 401


async def test_two_tokens_are_none(stage: Stage):
    """Two parsers might each take another one of two headers, so neither is taken."""
    two = [("authorization", f"Bearer {PLATFORM_TOKEN}"), ("authorization", f"Bearer {WATER_TOKEN}")]
    assert (await stage.http.get(f"/v1/transfers/{T}", headers=two)).status_code == 401


async def test_the_scheme_is_named_in_any_case(stage: Stage):
    """RFC 9110 §11.1: the scheme is case-insensitive, the token is not."""
    shown = {"authorization": f"bearer {PLATFORM_TOKEN}"}
    response = await stage.http.get(f"/v1/transfers/{T}", headers=shown)
    assert response.status_code == 404


def test_clients_that_nobody_could_tell_apart_are_refused():
    """Two clients with one id would share their idempotency keys, two with one token their names."""
    one = Client(id="a", token="x" * 16)
    with pytest.raises(ValueError, match="same id"):
        Clients([one, Client(id="a", utility=UtilityId("u-1"), token="y" * 16)])
    with pytest.raises(ValueError, match="same token"):
        Clients([one, Client(id="b", token="x" * 16)])


def test_a_client_never_prints_its_token():
    """I10: no secret in logs or traces."""
    assert "x" * 16 not in repr(Client(id="a", token="x" * 16))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1", 404, "not_found"),
        ("POST", "/v1/transfers/", 404, "not_found"),
        ("POST", "/v1/utility/transfers", 404, "not_found"),
        ("GET", "/v1/transfers//signing", 404, "not_found"),
        ("GET", "/../etc/passwd", 404, "not_found"),
        ("GET", "/v1/transfers", 405, "method_not_allowed"),
        ("DELETE", f"/v1/transfers/{T}", 405, "method_not_allowed"),
        ("PUT", "/v1/properties/search", 405, "method_not_allowed"),
        ("OPTIONS", "/v1/transfers", 405, "method_not_allowed"),
        ("TRACE", "/healthz", 405, "method_not_allowed"),
        ("PROPFIND", "/v1/transfers", 405, "method_not_allowed"),
    ],
)
async def test_other_addresses_and_methods_are_problems_too(
    stage: Stage, method: str, path: str, status: int, code: str
):
    """Every answer that is not a success is a problem; an address without its operation says which methods it takes."""
    response = await stage.http.request(method, path)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert ("allow" in response.headers) == (status == 405)
