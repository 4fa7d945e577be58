"""A circuit breaker: whether to call a counterparty that keeps failing. Pure: time is brought in.

Never calls anybody and never waits: it is told what calls came to, and says whether the next one may go out.
"""

from datetime import datetime, timedelta

import attrs

from cotransfer.domain.ledger import Failure


@attrs.frozen(kw_only=True)
class Rules:
    """When a circuit opens, and how it is closed again; pauses in seconds.

    It opens after `in_a_row` failures, or when `share` of the `of_last` calls failed. After `first_pause_s` one call
    is let through as a probe, and after each probe that failed the pause doubles, up to `longest_pause_s`. A probe
    that has not come back after `probe_s` is waited for no longer.
    """

    in_a_row: int = 5
    of_last: int = 20
    share: float = 0.5
    first_pause_s: float = 30.0
    longest_pause_s: float = 600.0
    probe_s: float = 60.0


USUAL_RULES = Rules()


@attrs.frozen(kw_only=True)
class Passing:
    """Closed: every call goes out. `recent` has True for each of the last calls that failed, the newest last."""

    since: datetime
    in_a_row: int = 0
    recent: tuple[bool, ...] = ()


@attrs.frozen(kw_only=True)
class Open:
    """No call goes out before `until`; `failures` in a row so far, the last of them `last`."""

    since: datetime
    failures: int
    last: Failure
    pause_s: float
    until: datetime


@attrs.frozen
class Probing:
    """Half open: one call is out as the probe, and no other goes before it is back, or before `until`."""

    opened: Open
    until: datetime


Circuit = Passing | Open | Probing
"""How a counterparty's circuit stands."""


def admits(circuit: Circuit, at: datetime) -> bool:
    """Whether a call may go out now."""
    return isinstance(circuit, Passing) or at >= circuit.until


def begun(circuit: Circuit, at: datetime, rules: Rules = USUAL_RULES) -> Circuit:
    """An admitted call goes out: as the probe, unless the circuit is closed."""
    return circuit if isinstance(circuit, Passing) else Probing(opened(circuit), at + _s(rules.probe_s))


def succeeded(circuit: Circuit, at: datetime, rules: Rules = USUAL_RULES, *, probe: bool = False) -> Circuit:
    """A call came to an answer. While the circuit is open only the probe counts: others set out before it opened."""
    if isinstance(circuit, Passing):
        return attrs.evolve(circuit, in_a_row=0, recent=_recent(circuit, rules, failed=False))
    return Passing(since=at) if probe else circuit


def failed(
    circuit: Circuit, failure: Failure, at: datetime, rules: Rules = USUAL_RULES, *, probe: bool = False
) -> Circuit:
    """A call failed; while the circuit is open only the probe counts."""
    if isinstance(circuit, Passing):
        return _failed_while_passing(circuit, failure, at, rules)
    if not probe:
        return circuit
    before = opened(circuit)
    pause_s = min(2 * before.pause_s, rules.longest_pause_s)
    return attrs.evolve(before, failures=before.failures + 1, last=failure, pause_s=pause_s, until=at + _s(pause_s))


def released(circuit: Circuit, at: datetime) -> Circuit:
    """The probe came to nothing that tells of the counterparty: the next call may be one."""
    return attrs.evolve(circuit.opened, until=at) if isinstance(circuit, Probing) else circuit


def opened(circuit: Open | Probing) -> Open:
    """Since when a circuit is open, and why."""
    return circuit.opened if isinstance(circuit, Probing) else circuit


def _failed_while_passing(circuit: Passing, failure: Failure, at: datetime, rules: Rules) -> Circuit:
    recent, in_a_row = _recent(circuit, rules, failed=True), circuit.in_a_row + 1
    often = len(recent) == rules.of_last and sum(recent) >= rules.share * rules.of_last
    if in_a_row < rules.in_a_row and not often:
        return attrs.evolve(circuit, in_a_row=in_a_row, recent=recent)
    pause_s = rules.first_pause_s
    return Open(since=at, failures=in_a_row, last=failure, pause_s=pause_s, until=at + _s(pause_s))


def _recent(circuit: Passing, rules: Rules, *, failed: bool) -> tuple[bool, ...]:
    return (*circuit.recent, failed)[-rules.of_last :]


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
