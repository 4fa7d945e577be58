"""Which endpoints may be judged: this machine's, and others' only when somebody says that they are allowed to.

The kit sends wrong messages on purpose. Never looks an address up, and never follows one anywhere else.
"""

from urllib.parse import urlsplit

from cotransfer.adapters.wire.base_address import checked_address

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class NotAllowed(ValueError):
    """The address is not one that the kit calls; the text says why, and what would change that."""


def allowed_address(url: str, *, allowed: bool) -> str:
    """`url` without a slash at its end; raises `NotAllowed`."""
    try:
        checked = checked_address(url)
    except ValueError as error:
        raise NotAllowed(str(error)) from None
    if checked.host not in THIS_MACHINE and not allowed:
        raise NotAllowed(
            f"{checked.host} is another machine. The kit sends it wrong messages and invented applications: "
            "run it against a test system of yours, and say so with --i-am-allowed."
        )
    return url.rstrip("/")


def is_here(url: str) -> bool:
    """Whether the address is this machine's."""
    return (urlsplit(url).hostname or "") in THIS_MACHINE
