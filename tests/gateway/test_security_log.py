"""Who keeps watch is told who came in and who was turned away, and nothing about anybody (ASVS 16.3.1, 16.3.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from structlog.testing import capture_logs
from tests.attacks.signin.stage import staged as signing_in
from tests.gateway.oauth_stage import town
from tests.gateway.stage import Stage

T = "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"


def events(said: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """The lines of one kind, without their level."""
    return [{key: one[key] for key in one if key not in ("event", "log_level")} for one in said if one["event"] == name]


async def test_without_a_token(stage: Stage) -> None:
    """Nobody knows who it was; the correlation id leads to the request."""
    with capture_logs() as said:
        answered = await stage.http.get(f"/v1/transfers/{T}")
    told = {"correlation_id": answered.json()["correlation_id"], "client": None, "why": "not_authorised"}
    assert events(said, "turned_away") == [told]


async def test_of_another_role(stage: Stage) -> None:
    """A utility that wants what is the platform's is named."""
    with capture_logs() as said:
        answered = await stage.get(f"/v1/transfers/{T}", by="water")
    assert answered.status_code == 403
    (line,) = events(said, "turned_away")
    assert (line["why"], line["client"]) == (answered.json()["code"], "water")


async def test_what_is_allowed_turns_nobody_away(stage: Stage) -> None:
    """A transfer that there is not is no matter for who keeps watch."""
    with capture_logs() as said:
        assert (await stage.get(f"/v1/transfers/{T}")).status_code == 404
    assert events(said, "turned_away") == []


async def test_clients_at_the_token_endpoint() -> None:
    """Proved ones by name; others by the kind of fault alone, for what they called themselves may be anything."""
    async with town() as here:
        with capture_logs() as said:
            assert (await here.fetch()).status_code == 200
            assert (await here.fetch_by_secret(secret="not-this-one-at-all")).status_code == 401
    (proved,), (refused,) = events(said, "client_proved"), events(said, "client_refused")
    assert (proved["client"], proved["at"]) == ("water", "/oauth/token")
    assert (refused["why"], refused["at"]) == ("invalid_client", "/oauth/token")
    assert "not-this-one-at-all" not in str(said)


async def test_people_who_sign_in() -> None:
    """That somebody did, and as what; never who."""
    async with signing_in() as here:
        with capture_logs() as said:
            asked = await here.begin("as=citizen&next=/")
            assert (await here.back(code="c0de", state=asked["state"])).status_code == 303
            assert (await here.back(code="c0de", state=asked["state"])).status_code == 401
    (came,), (refused,) = events(said, "signed_in"), events(said, "sign_in_refused")
    assert set(came) == {"correlation_id", "kind"}
    assert came["kind"] == "citizen"
    assert set(refused) == {"correlation_id", "why"}
