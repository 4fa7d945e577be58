"""Misbehaviour on order: which answers of a counterparty go wrong, how, and how often.

An order names an endpoint ("POST /v1/applications", with * as a wildcard) and a behaviour; orders are used up
first come, first served. Never touches the control addresses under /sandbox/. `misbehaving` carries the orders out.
"""

import fnmatch
from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class AnswerLost:
    """The effect happens; the connection is closed before a byte of the answer."""


@attrs.frozen
class RequestLost:
    """Nothing happens; the connection is closed."""


@attrs.frozen
class Slow:
    """The effect happens; the answer comes `seconds` later (scaled by the pace)."""

    seconds: float = 1.0


@attrs.frozen
class Status:
    """Nothing happens; the answer is this HTTP status, with Retry-After where given."""

    status: int = 503
    retry_after_s: int | None = None


@attrs.frozen
class Garbage:
    """The effect happens; the answer is not JSON although it says so."""


@attrs.frozen
class WrongContentType:
    """The effect happens; the answer says that it is an HTML page."""


@attrs.frozen
class ErrCode:
    """Nothing happens; HTTP 200 with WeChat's errcode."""

    errcode: int = -1


Behaviour = AnswerLost | RequestLost | Slow | Status | Garbage | WrongContentType | ErrCode

SPELLING: dict[str, type[Behaviour]] = {
    "answer_lost": AnswerLost,
    "request_lost": RequestLost,
    "slow": Slow,
    "status": Status,
    "garbage": Garbage,
    "wrong_content_type": WrongContentType,
    "errcode": ErrCode,
}


@attrs.frozen(kw_only=True)
class Order:
    """`times` answers of `endpoint` misbehave, after `skip` more good ones."""

    endpoint: str
    behaviour: Behaviour
    times: int = 1
    skip: int = 0

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Order":
        """Reads {"endpoint": …, "do": a word of SPELLING, its settings…, "times"?, "skip"?}. Raises ValueError."""
        settings = dict(said)
        endpoint, word = settings.pop("endpoint", None), settings.pop("do", None)
        if not isinstance(endpoint, str) or " " not in endpoint:
            raise ValueError('an order needs an endpoint such as "POST /v1/applications"')
        if word not in SPELLING:
            raise ValueError(f"do is one of {', '.join(SPELLING)}")
        counts = {name: settings.pop(name) for name in ("times", "skip") if name in settings}
        if unknown := sorted(set(settings) - set(attrs.fields_dict(SPELLING[word]))):
            raise ValueError(f"{word} has no setting {', '.join(unknown)}")
        if any(isinstance(n, bool) or not isinstance(n, int | float) for n in (*counts.values(), *settings.values())):
            raise ValueError("every setting of an order is a number")
        return cls(endpoint=endpoint, behaviour=SPELLING[word](**settings), **counts)

    def to_json(self) -> dict[str, Any]:
        word = next(word for word, behaviour in SPELLING.items() if isinstance(self.behaviour, behaviour))
        said = {name: value for name, value in attrs.asdict(self.behaviour).items() if value is not None}
        return {"endpoint": self.endpoint, "do": word, **said, "times": self.times, "skip": self.skip}

    def is_for(self, method: str, path: str) -> bool:
        return fnmatch.fnmatchcase(f"{method} {path}", self.endpoint)


class Script:
    """The orders one counterparty still has to carry out."""

    def __init__(self) -> None:
        self._orders: list[Order] = []

    @property
    def orders(self) -> tuple[Order, ...]:
        return tuple(self._orders)

    def order(self, endpoint: str, behaviour: Behaviour, *, times: int = 1, skip: int = 0) -> None:
        self.add(Order(endpoint=endpoint, behaviour=behaviour, times=times, skip=skip))

    def add(self, order: Order) -> None:
        self._orders.append(order)

    def clear(self) -> None:
        self._orders.clear()

    def next_for(self, method: str, path: str) -> Behaviour | None:
        """What this request gets instead of a good answer; uses the order up. None: behave."""
        for place, order in enumerate(self._orders):
            if not order.is_for(method, path):
                continue
            if order.skip > 0:
                self._orders[place] = attrs.evolve(order, skip=order.skip - 1)
                return None
            if order.times > 1:
                self._orders[place] = attrs.evolve(order, times=order.times - 1)
            else:
                del self._orders[place]
            return order.behaviour
        return None
