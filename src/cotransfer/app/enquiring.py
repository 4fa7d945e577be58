"""The look-up of an account as outsiders may use it: rationed, the same for "unknown" and "not yours", and watched.

Never answers what was not counted before, and never says whose account a stranger's is, nor that there is one.
"""

from datetime import datetime

import attrs
import structlog

from cotransfer.app.accounts import Accounts, Asker, Enquiry, Finding, Place
from cotransfer.app.desk import Desk
from cotransfer.domain.lookups import USUAL_LOOKUP_LIMITS, LookupLimits, Question, TooMany, padding_s
from cotransfer.domain.matching import MatchOutcome
from cotransfer.domain.notes import Decision, Note
from cotransfer.domain.refusals import Refused, Why
from cotransfer.ports.clock import Clock
from cotransfer.ports.lookups import Lookups

CHAIN = "lookups"
"""Where the audit trail keeps what concerns look-ups and no transfer."""

_log = structlog.get_logger(__name__)


@attrs.frozen(kw_only=True)
class LookupTerms:
    """What a deployment decides about look-ups.

    `strangers_shown`: whether an account that clearly is another home's is shown, masked, with the reasons; else it is
    answered as if there were none. "There is none" is said after a multiple of `step_s` seconds, which should be more
    than a utility usually takes.
    """

    limits: LookupLimits = USUAL_LOOKUP_LIMITS
    strangers_shown: bool = False
    step_s: float = 0.25


class Enquiring:
    """Stands before `Accounts`, with the same question and the same answer."""

    def __init__(
        self,
        accounts: Accounts,
        lookups: Lookups,
        desk: Desk,
        clock: Clock,
        terms: LookupTerms = LookupTerms(),
    ) -> None:
        self._accounts = accounts
        self._lookups = lookups
        self._desk = desk
        self._clock = clock
        self._terms = terms

    async def find(self, enquiry: Enquiry, *, by: Asker | None = None) -> Finding:
        """The account, when it may be asked for and possibly is this home's.

        Raises `Refused` with `TOO_MANY_LOOKUPS`, with `ACCOUNT_UNKNOWN` for what there is not and for what is not to be
        seen alike, or as `Accounts.find` does; `Unavailable` when nothing can be counted or written down.
        """
        if by is None:
            raise ValueError("Nobody asks: a look-up from outside is always somebody's.")
        if by.citizen is not None and by.citizen != enquiry.identity:
            # Whoever is signed in asks for their own homes only.
            raise Refused(Why.NOT_RIGHT_HOLDER)
        began = self._clock.now()
        place = await self._accounts.place(enquiry)
        question = Question(
            client=by.client,
            citizen=enquiry.identity,
            certificate=place.home.certificate_number,
            utility=place.listing.id,
            account=place.number,
        )
        await self._ask(question)
        finding = await self._found(question, place)
        if finding is None:
            await self._wait_for_the_step(began)
            raise Refused(Why.ACCOUNT_UNKNOWN)
        return finding

    async def _ask(self, question: Question) -> None:
        """Count it first: what cannot be counted is not answered."""
        at, limits = self._clock.now(), self._terms.limits
        verdict = await self._lookups.ask(question, limits, at=at)
        if isinstance(verdict, TooMany):
            _log.warning("lookup_refused", client=question.client, quota=verdict.quota.value)
            raise Refused(Why.TOO_MANY_LOOKUPS, retry_after_s=(verdict.until - at).total_seconds())
        if verdict.alarm:
            _log.warning("lookups_alarm", client=question.client, why="run_of_numbers")
            alarm = Decision(what="lookups.alarm", who=question.client, why="run_of_numbers")
            await self._desk.note((Note(chain=CHAIN, at=at, what=alarm),))

    async def _found(self, question: Question, place: Place) -> Finding | None:
        """The finding, if it is theirs to see; what there is not and what is a stranger's go the same way to None."""
        try:
            finding = await self._accounts.look_up(place)
        except Exception as error:
            if isinstance(error, Refused) and error.refusal.why is Why.ACCOUNT_UNKNOWN:
                return None
            # Nothing was learnt: nothing is granted, the line was down, or the answer made no sense.
            await self._lookups.found(question, at=self._clock.now())
            raise
        if finding.matching.outcome is not MatchOutcome.MISMATCH:
            await self._lookups.found(question, at=self._clock.now())
        elif self._hides_strangers:
            return None
        return finding

    @property
    def _hides_strangers(self) -> bool:
        """A mismatch that the utility may still decide about is the citizen's to see: they have to confirm it."""
        return not (self._terms.strangers_shown or self._accounts.policy.mismatch_to_utility)

    async def _wait_for_the_step(self, began: datetime) -> None:
        """A stop-watch cannot tell one from the other either. Who is shown an account need not wait."""
        elapsed = (self._clock.now() - began).total_seconds()
        await self._clock.sleep(padding_s(elapsed, self._terms.step_s))
