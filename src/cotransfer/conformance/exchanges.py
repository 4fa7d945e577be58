"""What went over the wire: a request, its answer or the lack of one, and the trace that a sequence leaves.

Never interprets anything beyond JSON, and prints itself only masked (`masking`).
"""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import attrs

from cotransfer.adapters.wire import strict_json
from cotransfer.conformance.steps import Step

ANSWER_LIMIT = 1024 * 1024


@attrs.frozen(kw_only=True)
class Sent:
    """A request as it went out; `path` is the contract's, without what the address puts before it."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    body: bytes | None = attrs.field(default=None, repr=False)

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        """The body, None where it is no JSON."""
        return _read(self.body or b"")


@attrs.frozen(kw_only=True, slots=False)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    took_s: float

    @cached_property
    def json(self) -> Any:
        """The body, None where it is no JSON as the contracts have it."""
        return _read(self.body)

    @property
    def head(self) -> dict[str, str]:
        """The headers by their names in small letters."""
        return {name.lower(): value for name, value in self.headers}

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def member(self, name: str) -> Any:
        """A member of the JSON object that the body is; None where there is none."""
        return self.json.get(name) if isinstance(self.json, dict) else None


@attrs.frozen(kw_only=True)
class Lost:
    """No answer; `why` is "timeout" or "broken"."""

    why: str
    took_s: float


@attrs.frozen(kw_only=True)
class Exchange:
    """One call of a step. `epoch` counts the restarts of the endpoint so far; `personal` are the values of people
    that the call was about.
    """

    step: Step
    nth: int
    sent: Sent
    got: Answer | Lost
    epoch: int = 0
    personal: frozenset[str] = attrs.field(default=frozenset(), repr=False)

    @property
    def answer(self) -> Answer | None:
        return self.got if isinstance(self.got, Answer) else None


Trace = tuple[Exchange, ...]


def of(trace: Trace, *words: str, spoilt: bool = False) -> Iterator[tuple[int, Exchange]]:
    """The exchanges of these words with their numbers; `spoilt` also those that had to be refused."""
    for at, exchange in enumerate(trace):
        if exchange.step.do in words and (spoilt or not exchange.step.spoilt):
            yield at, exchange


def successes(exchanges: Iterable[tuple[int, Exchange]]) -> Iterator[tuple[int, Exchange, Answer]]:
    """Those that were answered with a 2xx and a JSON object."""
    for at, exchange in exchanges:
        answer = exchange.answer
        if answer is not None and answer.is_success and isinstance(answer.json, dict):
            yield at, exchange, answer


def _read(body: bytes) -> Any:
    try:
        return strict_json.loads(body, limit=ANSWER_LIMIT)
    except strict_json.NotStrict:
        return None


def dumped(value: object) -> bytes:
    """JSON as a usual client writes it: UTF-8, in the order given."""
    return json.dumps(value, ensure_ascii=False).encode()
