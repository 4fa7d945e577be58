"""What a caller is told when no grant allows what it asks: which want, whose, and when to come back."""

import pytest
from tests.gateway.stage import IDENTITY, Stage

from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.domain.grants import NotGranted, WhyNot
from cotransfer.domain.values import Home, IdentityNumber

HOUR_S = 3600


def refuse(stage: Stage, monkeypatch: pytest.MonkeyPatch, error: NotGranted) -> None:
    """Step 1 meets that refusal."""

    async def refused(_: MemoryRegistry, identity: IdentityNumber) -> tuple[Home, ...]:
        raise error

    monkeypatch.setattr(type(stage.registry), "properties_of", refused)


@pytest.mark.parametrize(
    ("why", "status", "code", "action"),
    [
        *((why, 403, "not_granted", "call_operator") for why in WhyNot if why.why.code == "not_granted"),
        (WhyNot.SUSPENDED, 403, "grant_suspended", "call_operator"),
        (WhyNot.QUOTA_SPENT, 429, "grant_quota_spent", "try_later"),
    ],
)
async def test_every_want_is_told(stage: Stage, monkeypatch, why: WhyNot, status: int, code: str, action: str) -> None:
    """The caller's matter, as a problem of the contract; which of its grants ended or never began is not told."""
    refuse(stage, monkeypatch, NotGranted(why))
    response = await stage.post("/v1/properties/search", IDENTITY)
    told = response.json()
    assert (response.status_code, told["code"], told["party"]) == (status, code, "platform")
    assert told["next_action"]["code"] == action
    assert ("retry-after" in response.headers) is (status == 429)


@pytest.mark.parametrize(
    ("left", "wait"), [(None, "5"), (0.2, "1"), (HOUR_S - 0.5, "3600"), (20 * HOUR_S, str(6 * HOUR_S))]
)
async def test_a_spent_quota_says_when(stage: Stage, monkeypatch, left: float | None, wait: str) -> None:
    """Whole seconds until midnight in China, as far as anybody should wait for."""
    refuse(stage, monkeypatch, NotGranted(WhyNot.QUOTA_SPENT, retry_after_s=left))
    response = await stage.post("/v1/properties/search", IDENTITY)
    assert (response.status_code, response.headers["retry-after"]) == (429, wait)
