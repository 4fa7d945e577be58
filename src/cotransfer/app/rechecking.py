"""Step 8: arrears and certificate are looked at once more before handling, where the utility wants it.

Never holds a transfer up: who cannot be asked is asked some times more, and then it is noted that nobody looked. Never
says an amount, a name or a number.
"""

from collections.abc import Mapping

import structlog

from cotransfer.app.circuits import CircuitOpen
from cotransfer.app.patience import UNINTELLIGIBLE_LIMIT
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.case import Case, Policy
from cotransfer.domain.commands import Command, LookAgain, NoteNotLooked
from cotransfer.domain.grants import NotGranted
from cotransfer.domain.parties import Party
from cotransfer.domain.rechecking import BeforeHandling, changed
from cotransfer.domain.states import InHandling, State
from cotransfer.domain.values import UtilityId
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible
from cotransfer.ports.registry import CertificateRegistry
from cotransfer.ports.utility import Capability, Utility

TRIES = 6
"""By the usual schedule that is a little more than half an hour."""

_log = structlog.get_logger(__name__)


class LookingAgain:
    """The account at its utility, the certificate at the registry, both as they are now."""

    def __init__(
        self,
        utilities: Mapping[UtilityId, Utility],
        registry: CertificateRegistry,
        timetable: Timetable,
        policy: Policy,
    ) -> None:
        self._utilities = utilities
        self._registry = registry
        self._timetable = timetable
        self._policy = policy

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...]:
        """What was found, or, once it has been tried often enough, that nobody could look."""
        if not isinstance(state, InHandling):
            return ()
        wanted = self._timetable.allowances(state.case.utility).before_handling
        utility = self._utilities.get(state.case.utility)
        if wanted is BeforeHandling.OFF or utility is None:
            return ()  # The settings have changed since.
        try:
            look = await self._look(state.case, utility, wanted)
        except NotGranted:
            return _not_looked(state.case, Party.US)
        except (Unavailable, Unintelligible) as error:
            if _tries_again(error, claimed.attempt):
                raise
            return _not_looked(state.case, error.party)
        if found := changed(state.case, look.account, look.certificate, look.policy):
            # A person has to decide what becomes of it, at the utility or at its counter.
            _log.error(
                "changed_before_handling",
                transfer=state.case.transfer.text,
                utility=state.case.utility.text,
                changes=[one.value for one in found],
                asks_back=look.asks_back,
            )
        return (look,)

    async def _look(self, case: Case, utility: Utility, wanted: BeforeHandling) -> LookAgain:
        status = await self._registry.status_of(case.application.certificate_number)
        return LookAgain(
            account=await utility.find_account(case.account_number),
            certificate=None if status is None else status.registry_state,
            policy=self._policy,
            asks_back=wanted is BeforeHandling.WITHDRAW and Capability.CANCELS in utility.can,
        )


def _tries_again(error: Unavailable | Unintelligible, attempt: int) -> bool:
    """Whether it is put off once more: before it would be buried. That nobody was called is no attempt."""
    match error:
        case CircuitOpen():
            return True
        case NotAdmitted():
            return False
        case Unintelligible():
            return attempt < UNINTELLIGIBLE_LIMIT
        case _:
            return attempt < TRIES


def _not_looked(case: Case, party: Party) -> tuple[Command, ...]:
    _log.error("not_looked_again", transfer=case.transfer.text, utility=case.utility.text, party=party.value)
    return (NoteNotLooked(party),)
