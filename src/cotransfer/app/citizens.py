"""What a signed-in citizen may ask about: themselves, and the transfers they applied for.

Never tells somebody else's transfer from one that there is not.
"""

from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import NotSubmitted, State
from cotransfer.domain.values import IdentityNumber
from cotransfer.ports.sessions import Citizen


def must_be(citizen: Citizen, identity: IdentityNumber) -> None:
    """Raises `Refused` unless the person who is spoken of is the one who is signed in: same document, same number."""
    if identity != citizen.identity:
        raise Refused(Why.NOT_YOUR_OWN)


def their_transfer(citizen: Citizen, state: State) -> None:
    """Raises `Refused`, as for a transfer that there is not, unless the citizen applied for it."""
    if isinstance(state, NotSubmitted) or state.case.application.identity_number != citizen.identity:
        raise Refused(Why.UNKNOWN_TRANSFER)
