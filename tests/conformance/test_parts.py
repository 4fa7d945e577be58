"""The parts of the kit, each by itself: shrinking, twists, masks, patience, restarts."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from cotransfer.adapters.wire.contracts import contract
from cotransfer.adapters.wire.strict_json import NotStrict, loads
from cotransfer.conformance import Caller, LimitReached, Limits, NotReachable, Rule, Seen, Step, Words
from cotransfer.conformance.exchanges import Answer, Exchange, Lost, Sent
from cotransfer.conformance.fields import fields_of
from cotransfer.conformance.masking import shown
from cotransfer.conformance.restarting import restarting
from cotransfer.conformance.rules import by_code
from cotransfer.conformance.shrinking import shortest
from cotransfer.conformance.steps import Sequence
from cotransfer.conformance.twists import BODIES, faulty_fields, spoilt_body

LONG = tuple(Step(do=do, case=1, times=times) for do, times in (("a", 1), ("b", 8), ("c", 1), ("d", 1), ("e", 1)))


def failing(needed: Callable[[Sequence], bool], seen: list[Sequence]) -> Callable[[Sequence], Awaitable[bool]]:
    """Fails where `needed`, and counts."""

    async def fails(sequence: Sequence) -> bool:
        seen.append(sequence)
        return needed(sequence)

    return fails


class TestShrinking:
    async def test_only_what_it_takes_is_left(self) -> None:
        """Steps, copies and the number of the application: nothing stays that does not matter."""
        seen: list[Sequence] = []
        fails = failing(lambda steps: [step.do for step in steps if step.do in "bd"] == ["b", "d"], seen)
        assert await shortest(LONG, fails) == (Step(do="b"), Step(do="d"))
        assert len(seen) <= 40

    async def test_copies_stay_where_they_matter(self) -> None:
        """Two at once are the fewest that are at once."""
        fails = failing(lambda steps: any(step.times > 1 for step in steps), [])
        assert await shortest(LONG, fails) == (Step(do="b", times=2),)

    async def test_what_does_not_fail_again_stays_as_it_was(self) -> None:
        """A failure that was seen once is told as it was seen."""
        seen: list[Sequence] = []
        assert await shortest(LONG, failing(lambda _: False, seen), attempts=5) == LONG
        assert len(seen) == 5


class TestTwists:
    BODY: dict[str, Any] = {"transfer": "t", "application": {"mobile_number": "1", "unit_numbers": ["u"]}}  # noqa: RUF012

    @pytest.mark.parametrize("name", sorted(set(BODIES) - {"not_an_object"}))
    def test_no_strict_reader_takes_them(self, name: str) -> None:
        """Each body is one that our own reader refuses, and the same every time."""
        body = spoilt_body(self.BODY, (f"body:{name}",))
        assert body is not None
        assert body == spoilt_body(self.BODY, (f"body:{name}",))
        with pytest.raises(NotStrict):
            loads(body)

    def test_a_body_that_is_too_large_is_nothing_else(self) -> None:
        """Only its size is wrong."""
        body = spoilt_body(self.BODY, ("body:too_large",))
        assert json.loads(body or b"") == self.BODY

    def test_fields_are_spoilt_by_their_paths(self) -> None:
        """Several at once, inner ones too; the body that was given stays as it is."""
        twists = (
            "missing:application.mobile_number",
            "type:transfer",
            "extra:application",
            "value:application.unit_numbers",
        )
        spoilt = json.loads(spoilt_body(self.BODY, twists) or b"")
        assert spoilt == {"transfer": 7, "application": {"unit_numbers": [], "field_that_no_contract_has": "1"}}
        assert self.BODY["application"]["mobile_number"] == "1"
        assert faulty_fields(twists) == {
            "application.mobile_number",
            "transfer",
            "application.field_that_no_contract_has",
            "application.unit_numbers",
        }

    def test_fields_come_from_the_contract(self) -> None:
        """Outer and inner ones, required or not; a look has none."""
        found = {field.path: field for field in fields_of(contract("utility"), "submitApplication")}
        assert found["application"].is_object
        assert found["application.registry_status.status"].narrow
        assert fields_of(contract("utility"), "showProgress") == ()
        reported = fields_of(contract("gateway"), "reportPreReview")
        assert [(field.path, field.required) for field in reported] == [
            ("result", True),
            ("reason", False),
            ("signing_address", False),
        ]


class TestSteps:
    def test_a_step_is_data(self) -> None:
        """It can be written down and read again, and says nothing that is as usual."""
        step = Step(do="submit", case=1, twists=("missing:a",), times=2)
        assert Step.from_json(json.loads(json.dumps(step.to_json()))) == step
        assert Step(do="find").to_json() == {"do": "find"}
        assert str(step) == "submit(1) [missing:a] x2"
        with pytest.raises(ValueError, match="a step is said as"):
            Step.from_json({"word": "find"})
        with pytest.raises(ValueError, match="1 to 64"):
            Step(do="submit", times=65)

    def test_no_two_rules_share_a_code(self) -> None:
        """A verdict belongs to one rule."""
        rule = Rule(code="a.b", text=Words("It is so.", "如此。"), source="here", judge=lambda _: [Seen(0)])
        assert by_code([rule]) == {"a.b": rule}
        with pytest.raises(ValueError, match=r"two rules are called a\.b"):
            by_code([rule, rule])


class TestMasks:
    def test_nobody_is_shown(self) -> None:
        """Values about people, tokens, addresses and what cannot be read are covered; words of the contract are not."""
        sent = Sent(
            method="POST",
            path="/v1/x/13800138000",
            headers=(("Authorization", "Bearer secret"), ("Idempotency-Key", "k-1")),
            body='{"transfer": "t-1", "account_holder": "张春晓", "张春晓": [1], "in_arrears": true}'.encode(),
        )
        answer = Answer(
            status=200, headers=(("Location", "/张春晓"), ("Retry-After", "1")), body=b"<p>secret</p>", took_s=0.1
        )
        exchange = Exchange(
            step=Step(do="submit"), nth=0, sent=sent, got=answer, personal=frozenset(("13800138000", "张春晓"))
        )
        told = shown(exchange)
        assert told["request"] == {
            "line": "POST /v1/x/***",
            "headers": {"authorization": "***", "idempotency-key": "k-1"},
            "body": {"transfer": "t-1", "account_holder": "***", "***": ["***"], "in_arrears": True},
        }
        assert told["answer"]["headers"] == {"location": "***", "retry-after": "1"}
        assert told["answer"]["body"] == "(13 bytes that are not JSON)"
        assert "secret" not in str(told)


def answering(*answers: httpx.Response) -> httpx.MockTransport:
    """Says these one after the other."""
    waiting = list(answers)
    return httpx.MockTransport(lambda _: waiting.pop(0))


ASKED = Sent(method="GET", path="/v1/x", headers=())


class TestPatience:
    async def test_who_asks_for_a_moment_gets_it(self) -> None:
        """429 and 503 with Retry-After: the same call again, a few times."""
        wait = {"retry-after": "0"}
        transport = answering(httpx.Response(429, headers=wait), httpx.Response(503, headers=wait), httpx.Response(200))
        caller = Caller("http://utility", transport=transport)
        got = await caller.call(ASKED)
        await caller.close()
        assert isinstance(got, Answer)
        assert (got.status, caller.calls) == (200, 3)

    async def test_who_asks_for_an_hour_does_not(self) -> None:
        """What a run cannot wait for is the answer."""
        caller = Caller("http://utility", transport=answering(httpx.Response(429, headers={"retry-after": "3600"})))
        got = await caller.call(ASKED)
        await caller.close()
        assert isinstance(got, Answer)
        assert got.status == 429

    async def test_a_call_too_many_is_not_made(self) -> None:
        """The limit holds for calls and for seconds."""
        caller = Caller("http://utility", limits=Limits(calls=1), transport=answering(httpx.Response(200)))
        await caller.call(ASKED)
        with pytest.raises(LimitReached):
            await caller.call(ASKED)
        await caller.close()
        times = iter([0.0, 601.0])
        late = Caller("http://utility", monotonic=lambda: next(times), transport=answering())
        with pytest.raises(LimitReached):
            await late.call(ASKED)
        await late.close()

    async def test_a_broken_line_is_no_answer(self) -> None:
        """It is told as what it is."""

        def broken(_: httpx.Request) -> httpx.Response:
            raise httpx.ReadError("gone")

        caller = Caller("http://utility", transport=httpx.MockTransport(broken))
        got = await caller.call(ASKED)
        await caller.close()
        assert isinstance(got, Lost)
        assert got.why == "broken"


class TestRestarting:
    async def test_it_returns_when_somebody_answers(self) -> None:
        """The command has run, and the system is back."""
        caller = Caller("http://utility", transport=answering(httpx.Response(404)))
        await restarting(f'{sys.executable} -c "print(1)"', caller)()
        await caller.close()

    async def test_a_command_that_fails_is_told(self) -> None:
        """Nothing is concluded from a restart that was none."""
        caller = Caller("http://utility", transport=answering())
        with pytest.raises(NotReachable, match="ended with 3"):
            await restarting(f'{sys.executable} -c "raise SystemExit(3)"', caller)()
        await caller.close()
