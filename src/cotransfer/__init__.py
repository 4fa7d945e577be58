"""Moves a home's utility accounts to its new owner. This module holds the public names, and never any behaviour.

A name is imported when it is first used, so that `import cotransfer`, and with it that of any part, costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cotransfer.app.accounts import Enquiry
    from cotransfer.app.office import World, open_office
    from cotransfer.app.submission import Request
    from cotransfer.domain.progress import milestone
    from cotransfer.domain.values import MobileNumber, OpenId, Service

__all__ = ["Enquiry", "MobileNumber", "OpenId", "Request", "Service", "World", "milestone", "open_office"]

_HOMES = {
    "Enquiry": "cotransfer.app.accounts",
    "MobileNumber": "cotransfer.domain.values",
    "OpenId": "cotransfer.domain.values",
    "Request": "cotransfer.app.submission",
    "Service": "cotransfer.domain.values",
    "World": "cotransfer.app.office",
    "milestone": "cotransfer.domain.progress",
    "open_office": "cotransfer.app.office",
}


def __getattr__(name: str) -> object:
    """PEP 562."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
