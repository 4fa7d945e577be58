"""Looking accounts up is rationed, so that the gateway is no directory of who lives where: how much, and what counts.

A question is one account asked for by one citizen through one client about one home. Asking it again on the same day
costs nothing. Never keeps a count itself and never sees whose it is: `ports.lookups` does both, and asks here.
"""

import enum
import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone

import attrs

from cotransfer.domain.values import AccountNumber, CertificateNumber, IdentityNumber, UtilityId

CHINA = timezone(timedelta(hours=8))
NEAR = 3
"""Account numbers that lie no further apart than this are neighbours in a run."""

_NUMBER = re.compile(r"(?P<before>.*?)(?P<number>[0-9]{1,18})(?P<after>[^0-9]*)", re.DOTALL)


class Quota(enum.Enum):
    """What is counted; the value is its stable name."""

    CITIZEN = "citizen"  # different accounts of a citizen, today
    MISS = "miss"  # those of them that led nowhere, or of which it is not known yet
    CERTIFICATE = "certificate"  # different accounts asked for under a certificate
    CLIENT = "client"  # questions of a client, today
    RATE = "rate"  # questions of a client, by the minute
    RUN = "run"  # a client's questions in one stretch of account numbers
    RUN_BESIDE = "run_beside"  # the same in stretches that begin in the middle of those


@attrs.frozen(kw_only=True)
class LookupLimits:
    """How much may be asked. A limit is the last number that is allowed."""

    per_citizen_a_day: int = 5
    misses_a_day: int = 3
    per_certificate: int = 20
    certificate_period: timedelta = timedelta(days=30)
    per_client_a_day: int = 20_000
    per_client_a_minute: int = 600
    client_burst: int = 100
    run: int = 5
    run_period: timedelta = timedelta(hours=1)


USUAL_LOOKUP_LIMITS = LookupLimits()


@attrs.frozen(kw_only=True)
class Question:
    """Who asks for which account, through whom, about which home."""

    client: str
    citizen: IdentityNumber
    certificate: CertificateNumber
    utility: UtilityId
    account: AccountNumber

    def stretches(self, run: int) -> tuple[str, str]:
        """The two stretches of numbers that the account's lies in; any `run` neighbours share one of the two.

        A number without digits is a stretch of its own.
        """
        found = _NUMBER.fullmatch(self.account.text)
        if found is None:
            return self.account.text, self.account.text
        half = max(1, (run - 1) * NEAR + 1)
        number, around = int(found["number"]), (found["before"], found["after"], len(found["number"]))
        return (
            f"{self.utility.text} {around} {number // (2 * half)}",
            f"{self.utility.text} {around} {(number + half) // (2 * half)}",
        )


@attrs.frozen(kw_only=True)
class Tally:
    """One thing that counts `until` then: a mark that stands for an account (""; a plain counter), and how much."""

    quota: Quota
    mark: str
    until: datetime
    spent: int = 1


@attrs.frozen(kw_only=True)
class Allowed:
    """It may be asked; `news` is what counts from now on, `alarm` that it makes a run of numbers complete."""

    news: tuple[Tally, ...] = ()
    alarm: bool = False


@attrs.frozen(kw_only=True)
class TooMany:
    """It may not, and nothing counts; `until` is when this quota has room again."""

    quota: Quota
    until: datetime


Verdict = Allowed | TooMany


def weigh(
    counted: Mapping[Quota, Sequence[Tally]], marks: Collection[str], mark: str, limits: LookupLimits, at: datetime
) -> Verdict:
    """Whether one more question is within the limits, beside what is `counted` for its bearers.

    `marks` are all that may stand for its account (one for each key in use), `mark` is the one that is written now.
    A new question counts as a miss until it is known to be none, so that even many at once never miss more than
    they may.
    """
    live = {quota: [one for one in counted.get(quota, ()) if one.until > at] for quota in Quota}
    if _has(live[Quota.CITIZEN], marks):
        return Allowed()
    in_the_way = _exceeded(live, marks, limits, at)
    if in_the_way is not None:
        return in_the_way
    day, spent = end_of_day(at), sum(one.spent for one in live[Quota.CLIENT])
    news = [
        Tally(quota=Quota.CITIZEN, mark=mark, until=day),
        Tally(quota=Quota.MISS, mark=mark, until=day),
        Tally(quota=Quota.CLIENT, mark="", until=day, spent=spent + 1),
        Tally(quota=Quota.RATE, mark="", until=_last(live[Quota.RATE], at) + _pace(limits)),
    ]
    if not _has(live[Quota.CERTIFICATE], marks):
        news.append(Tally(quota=Quota.CERTIFICATE, mark=mark, until=at + limits.certificate_period))
    longest = 0
    for quota in (Quota.RUN, Quota.RUN_BESIDE):
        if not _has(live[quota], marks):
            news.append(Tally(quota=quota, mark=mark, until=at + limits.run_period))
            longest = max(longest, len(live[quota]) + 1)
    # Once when a run is complete, and again for each further one, not at every number of it.
    return Allowed(news=tuple(news), alarm=longest > 0 and longest % limits.run == 0)


def end_of_day(at: datetime) -> datetime:
    """The midnight after `at` in China."""
    there = at.astimezone(CHINA)
    return there.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def padding_s(elapsed_s: float, step_s: float) -> float:
    """How long to wait so that the whole lasts a multiple of `step_s`: what took a little longer then shows nothing."""
    if step_s <= 0:
        return 0.0
    steps = max(1, math.ceil(elapsed_s / step_s))
    return steps * step_s - elapsed_s


def _exceeded(
    live: Mapping[Quota, Sequence[Tally]], marks: Collection[str], limits: LookupLimits, at: datetime
) -> TooMany | None:
    """The first quota without room."""
    by_account = (
        (Quota.MISS, limits.misses_a_day),
        (Quota.CITIZEN, limits.per_citizen_a_day),
        (Quota.CERTIFICATE, limits.per_certificate),
    )
    for quota, most in by_account:
        if len(live[quota]) >= most and not _has(live[quota], marks):
            return TooMany(quota=quota, until=min((one.until for one in live[quota]), default=end_of_day(at)))
    if sum(one.spent for one in live[Quota.CLIENT]) >= limits.per_client_a_day:
        return TooMany(quota=Quota.CLIENT, until=end_of_day(at))
    # GCRA: each question books its share of the minute; a burst may run ahead of the clock, but only so far.
    free_at = _last(live[Quota.RATE], at) - (limits.client_burst - 1) * _pace(limits)
    return TooMany(quota=Quota.RATE, until=free_at) if free_at > at else None


def _pace(limits: LookupLimits) -> timedelta:
    return timedelta(minutes=1) / limits.per_client_a_minute


def _last(tallies: Sequence[Tally], at: datetime) -> datetime:
    return max((one.until for one in tallies), default=at)


def _has(tallies: Sequence[Tally], marks: Collection[str]) -> bool:
    return any(one.mark in marks for one in tallies)
