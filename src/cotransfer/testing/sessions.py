"""The laws of `Sessions`, for every place that keeps them: a subclass brings a fixture `sessions`. Never waits."""

import re
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from cotransfer.domain.operators import OperatorRole
from cotransfer.domain.values import DocumentType, IdentityNumber, Name
from cotransfer.ports.sessions import Citizen, Operator, Session, Sessions

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
IDLE = timedelta(minutes=12)
CITIZEN = Session(
    who=Citizen(
        subject="https://id.example/ 0001",
        name=Name("李小满"),
        identity=IdentityNumber(DocumentType.IDENTITY_CARD, "530102199003071238"),
    ),
    signed_in_at=AT,
    until=AT + timedelta(minutes=30),
    idle=IDLE,
    csrf="form-word",
)
OPERATOR = Session(
    who=Operator(
        subject="https://staff.example/ 7",
        name=Name("阿依古丽·买买提"),
        roles=frozenset({OperatorRole.READ, OperatorRole.ACT}),
    ),
    signed_in_at=AT,
    until=AT + timedelta(hours=8),
    idle=timedelta(hours=1),
    csrf="another",
    client="city-platform",
)


class SessionsLaws:
    """Each law of the port's docstring."""

    @pytest.fixture
    def sessions(self) -> Sessions:
        """The implementation under test, empty."""
        raise NotImplementedError("A suite of laws needs a place for sessions to prove them on.")

    @pytest.mark.parametrize("session", [CITIZEN, OPERATOR], ids=["citizen", "operator"])
    async def test_what_was_opened_is_found(self, sessions: Sessions, session: Session) -> None:
        """Unchanged, however often it is looked for."""
        shown = await sessions.open(session)
        assert await sessions.find(shown, AT) == session
        assert await sessions.find(shown, AT + timedelta(seconds=1)) == session

    async def test_every_key_is_new(self, sessions: Sessions) -> None:
        """43 characters of an alphabet that cookies and headers take; no two are equal, for one person neither."""
        keys = [await sessions.open(CITIZEN) for _ in range(20)]
        assert len(set(keys)) == 20
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", key) for key in keys)

    @pytest.mark.parametrize("shown", ["", "x", "A" * 43, "A" * 4000, "\ud800" * 43, "键" * 43, "' OR 1=1 --", "\0"])
    async def test_what_is_no_key_opens_nothing(self, sessions: Sessions, shown: str) -> None:
        """Whatever is shown: None, and never an error."""
        await sessions.open(CITIZEN)
        assert await sessions.find(shown, AT) is None
        assert await sessions.close(shown) is False

    async def test_a_key_is_taken_whole(self, sessions: Sessions) -> None:
        """A key with one character more, less or changed is no key."""
        shown = await sessions.open(CITIZEN)
        changed = shown[:-1] + ("A" if shown[-1] != "A" else "B")
        for wrong in (shown + "A", shown[:-1], changed, shown + "=", f" {shown}", shown.swapcase()):
            assert await sessions.find(wrong, AT) is None

    async def test_it_ends_when_it_has_to(self, sessions: Sessions) -> None:
        """From `until` on nobody finds it, however often it was shown before."""
        shown = await sessions.open(CITIZEN)
        for minutes in range(30):
            assert await sessions.find(shown, AT + timedelta(minutes=minutes)) == CITIZEN
        assert await sessions.find(shown, CITIZEN.until - timedelta(microseconds=1)) == CITIZEN
        assert await sessions.find(shown, CITIZEN.until) is None
        assert await sessions.find(shown, CITIZEN.until + timedelta(days=1)) is None

    async def test_it_ends_when_nobody_shows_it(self, sessions: Sessions) -> None:
        """After `idle` without a look it has ended, and a later look does not bring it back."""
        shown = await sessions.open(CITIZEN)
        assert await sessions.find(shown, AT + IDLE) is None
        assert await sessions.find(shown, AT + IDLE + timedelta(seconds=1)) is None

    async def test_a_look_keeps_it(self, sessions: Sessions) -> None:
        """Found within `idle` it stays for another `idle`, less a quarter at most; then it ends."""
        shown = await sessions.open(CITIZEN)
        last = AT + IDLE / 2
        assert await sessions.find(shown, last) == CITIZEN
        assert await sessions.find(shown, last + IDLE) is None
        shown = await sessions.open(CITIZEN)
        assert await sessions.find(shown, AT + IDLE / 5) == CITIZEN
        assert await sessions.find(shown, AT + IDLE / 5 + IDLE * 3 / 4) == CITIZEN

    async def test_closed_is_closed(self, sessions: Sessions) -> None:
        """At once, once, and only the one that was meant."""
        shown, other = await sessions.open(CITIZEN), await sessions.open(CITIZEN)
        assert await sessions.close(shown) is True
        assert await sessions.find(shown, AT) is None
        assert await sessions.close(shown) is False
        assert await sessions.find(other, AT) == CITIZEN

    async def test_all_of_somebody_are_closed(self, sessions: Sessions) -> None:
        """Every session of one subject, and nobody else's."""
        mine = [await sessions.open(CITIZEN) for _ in range(3)]
        theirs = await sessions.open(OPERATOR)
        assert await sessions.close_all(CITIZEN.who.subject) == 3
        assert [await sessions.find(shown, AT) for shown in mine] == [None] * 3
        assert await sessions.find(theirs, AT) == OPERATOR
        assert await sessions.close_all(CITIZEN.who.subject) == 0

    async def test_what_has_ended_is_forgotten(self, sessions: Sessions) -> None:
        """Only that: what is still open stays."""
        early = await sessions.open(CITIZEN)
        late = await sessions.open(attrs.evolve(CITIZEN, signed_in_at=AT + IDLE))
        assert await sessions.forget(AT) == 0
        assert await sessions.forget(AT + IDLE + timedelta(microseconds=1)) == 1
        assert await sessions.find(early, AT) is None
        assert await sessions.find(late, AT + IDLE) == attrs.evolve(CITIZEN, signed_in_at=AT + IDLE)
