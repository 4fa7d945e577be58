"""The circuits of one process: a breaker for each counterparty, in front of every call to it, whoever makes it.

Counts what the counterparty or the line to it did, never what our own store did or what we refused ourselves. Never
repeats a call.
"""

import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar

import attrs
import structlog

from cotransfer.app import breaker
from cotransfer.app.breaker import USUAL_RULES, Circuit, Open, Passing, Probing, Rules
from cotransfer.domain.ledger import Failure
from cotransfer.domain.parties import Party
from cotransfer.ports import correlation as ids
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import QuotaSpent, Unavailable, Unintelligible

COUNTED = frozenset({Party.UTILITY, Party.REGISTRY, Party.NOTIFIER, Party.SIGNER, Party.NETWORK})
"""Whose failures say that a counterparty had better be left alone."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class CircuitOpen(Unavailable):
    """Nobody was called: the counterparty has failed too often, and is left alone until `until`."""

    def __init__(self, counterparty: str, circuit: Open | Probing, at: datetime) -> None:
        last = breaker.opened(circuit).last
        super().__init__(
            last.party,
            f"{counterparty} keeps failing and is left alone for now; the last time: {last.what}",
            retry_after_s=max(1, math.ceil((circuit.until - at).total_seconds())),
            certain=True,
            correlation=ids.ourselves(),  # Nobody was called, so nobody else knows of it.
        )
        self.counterparty = counterparty
        self.until = circuit.until


class Circuits:
    """One for a process; a counterparty's circuit begins closed, when it is first called."""

    def __init__(self, clock: Clock, rules: Rules = USUAL_RULES) -> None:
        self._clock = clock
        self._rules = rules
        self._circuits: dict[str, Circuit] = {}

    def view(self) -> Mapping[str, Circuit]:
        """How each counterparty's circuit stands, by name; those that were never called are not in it."""
        return dict(sorted(self._circuits.items()))

    def shut(self) -> frozenset[str]:
        """Whose calls would be turned away now."""
        at = self._clock.now()
        return frozenset(name for name, circuit in self._circuits.items() if not breaker.admits(circuit, at))

    async def call(self, counterparty: str, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, or raises; raises `CircuitOpen` without calling it while the circuit is open."""
        probe = self._begin(counterparty)
        try:
            result = await work()
        except QuotaSpent:
            self._succeed(counterparty, probe)  # It answers, and what it says is no failure of its own.
            raise
        except (Unavailable, Unintelligible) as error:
            if error.party in COUNTED and not isinstance(error, CircuitOpen):
                self._fail(counterparty, Failure(error.party, error.what, correlation=error.correlation), probe)
            else:
                self._release(counterparty, probe)
            raise
        except BaseException:
            self._release(counterparty, probe)
            raise
        self._succeed(counterparty, probe)
        return result

    def _begin(self, name: str) -> bool:
        """Whether it goes out as the probe."""
        at = self._clock.now()
        circuit = self._circuits.setdefault(name, Passing(since=at))
        if not isinstance(circuit, Passing) and not breaker.admits(circuit, at):
            raise CircuitOpen(name, circuit, at)
        self._circuits[name] = breaker.begun(circuit, at, self._rules)
        return not isinstance(circuit, Passing)

    def _release(self, name: str, probe: bool) -> None:
        if probe:
            self._circuits[name] = breaker.released(self._circuits[name], self._clock.now())

    def _fail(self, name: str, failure: Failure, probe: bool) -> None:
        was, at = self._circuits[name], self._clock.now()
        now = self._circuits[name] = breaker.failed(was, failure, at, self._rules, probe=probe)
        if isinstance(was, Passing) and isinstance(now, Open):
            _log.warning(
                "circuit_opened",
                counterparty=name,
                failures=now.failures,
                until=now.until.isoformat(),
                party=failure.party.value,
                what=failure.what,
                correlation_id=failure.correlation.ours,
                counterparty_correlation_id=failure.correlation.theirs,
            )

    def _succeed(self, name: str, probe: bool) -> None:
        was, at = self._circuits[name], self._clock.now()
        self._circuits[name] = breaker.succeeded(was, at, self._rules, probe=probe)
        if probe and not isinstance(was, Passing):
            since = breaker.opened(was)
            open_s = (at - since.since).total_seconds()
            _log.info("circuit_closed", counterparty=name, failures=since.failures, open_s=open_s)


@attrs.frozen
class Breaker:
    """One counterparty's, as its port stands behind it."""

    circuits: Circuits
    counterparty: str

    async def __call__(self, work: Callable[[], Awaitable[T]]) -> T:
        return await self.circuits.call(self.counterparty, work)
