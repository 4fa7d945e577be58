"""Whom the kit plays towards a gateway, and the sandbox behind it: people, sign-in, a water company told to be quiet.

Never plays anybody real: the people are the sandbox's own.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import attrs

from cotransfer.conformance.calling import Caller
from cotransfer.conformance.desk import Desk
from cotransfer.conformance.dressing import Client
from cotransfer.conformance.exchanges import Answer, Sent, dumped

EASY = ("plain", "mortgaged", "co_owner", "masked", "residence_permit", "passport", "non_follower")
"""Kinds of people whose transfers go through."""

IN_ARREARS = "in_arrears"
AT_ONCE = 100
LEAST_TO_TELL = 3
_JSON = (("Content-Type", "application/json"),)
_ASKS_NOTHING = {"checks_certificate": False, "fetches_identity": False, "pre_review_after_s": 0}


@attrs.frozen(kw_only=True)
class Person:
    """One of the sandbox's people, with the bodies that the platform sends for them."""

    kind: str
    nth: int
    property_search: dict[str, Any] = attrs.field(repr=False)
    account_search: dict[str, Any] = attrs.field(repr=False)
    submission: dict[str, Any] = attrs.field(repr=False)

    @property
    def account(self) -> str:
        return str(self.account_search["account_number"])

    @property
    def personal(self) -> frozenset[str]:
        """What must not be found where it does not belong."""
        said = self.submission
        names = [said["right_holder_name"]] if len(said["right_holder_name"]) >= LEAST_TO_TELL else []
        return frozenset((said["identity_number"], said["mobile_number"], said["certificate_number"], *names))


@attrs.frozen(kw_only=True)
class Sandbox:
    """The counterparties behind the gateway; each may be missing, and then less can be tried."""

    registry: Caller
    identity: Caller | None = None
    water: Caller | None = None

    async def close(self) -> None:
        for line in (self.registry, self.identity, self.water):
            if line is not None:
                await line.close()

    async def people(self, *kinds: str) -> tuple[Person, ...]:
        """Everybody of these kinds who has a home."""
        found: list[Person] = []
        for kind in kinds:
            answer = await _got(self.registry, f"/sandbox/people?kind={kind}&limit={AT_ONCE}")
            found += [Person(**each) for each in answer["people"] if each["submission"] is not None]
        return tuple(found)

    async def id_token(self, who: Person) -> str | None:
        """A fresh one, as after a sign-in at the platform; None where nobody signs in."""
        if self.identity is None:
            return None
        said = await _posted(self.identity, "/sandbox/signin", {"kind": who.kind, "nth": who.nth})
        return str(said["id_token"])

    async def be_quiet(self, who: Person) -> None:
        """The water company takes this person's application, and leaves the reports to the kit."""
        if self.water is not None:
            plan = {"account_number": who.account, "plan": {"by_hand": True}}
            await _posted(self.water, "/sandbox/script", {"plans": [plan]})

    async def be_done(self, transfer: str) -> None:
        """The water company ends this case of its own, saying nothing, so that the account is free for the next run."""
        if self.water is not None:
            plan = {"pre_review_fails": "符合性检测结束", "delivery": "silent", **_ASKS_NOTHING}
            await _posted(self.water, "/sandbox/script", {"plans": [{"transfer": transfer, "plan": plan}]})
            # Where it has not come in yet, the plan waits for it; where it has, it waits for somebody to go on.
            go = f"/sandbox/applications/{transfer}/go"
            await self.water.call(Sent(method="POST", path=go, headers=_JSON, body=b"{}"))


@attrs.frozen(kw_only=True)
class Parties:
    """Who calls: the platform, a utility, and where there is one another utility, to whom the transfers do not belong.

    `receiver` is what the gateway calls the utility; `signing_host` begins a signing address that it may give.
    """

    platform: Client
    utility: Client
    receiver: str
    signing_host: str
    sandbox: Sandbox
    other: Client | None = None
    desk: Desk | None = None

    async def close(self) -> None:
        for client in (self.platform, self.utility, self.other):
            if client is not None:
                await client.close()
        await self.sandbox.close()


class NoSandbox(RuntimeError):
    """The sandbox behind the gateway does not answer; the text says what to start."""


def in_turn(people: tuple[Person, ...]) -> Iterator[Person]:
    """One after the other, without end."""
    return itertools.cycle(people)


async def _got(line: Caller, path: str) -> Any:
    return _said(line, await line.call(Sent(method="GET", path=path, headers=())))


async def _posted(line: Caller, path: str, body: dict[str, Any]) -> Any:
    return _said(line, await line.call(Sent(method="POST", path=path, headers=_JSON, body=dumped(body))))


def _said(line: Caller, got: object) -> Any:
    if not isinstance(got, Answer) or not got.is_success:
        raise NoSandbox(
            f"The sandbox at {line.address} does not answer as it should. Start it again (docs/sandbox.md)."
        )
    return got.json
