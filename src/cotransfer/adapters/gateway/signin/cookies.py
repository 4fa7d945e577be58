"""Our cookies: what they are called, how they are set and taken back.

Over https they are `__Host-` cookies: Secure, for this host alone, and no other site or subdomain can set them. On
plain http, which is for trials on this machine, browsers refuse that prefix, so there it is left out. Always HttpOnly,
SameSite=Lax, without a lifetime of their own on disk.
"""

import re

import attrs
from starlette.datastructures import Headers
from starlette.responses import Response

HOST_PREFIX = "__Host-"
SESSION = "cotransfer"
SIGN_IN = "cotransfer-signin-"
LONGEST_HEADER = 16 * 1024
_VALUE = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_TAG = re.compile(r"[0-9a-f]{16}")


@attrs.frozen
class Cookies:
    """For the site at `origin`, such as https://gateway.example."""

    origin: str

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def session(self) -> str:
        """The name of the session's cookie."""
        return self._named(SESSION)

    def sign_in(self, tag: str) -> str:
        """The name of the cookie of one sign-in under way: several tabs do not disturb one another."""
        return self._named(SIGN_IN + tag)

    def sign_ins(self, headers: Headers) -> list[str]:
        """The names of all of them that a browser brings; what only begins like one is not ours to take back."""
        begins = self._named(SIGN_IN)
        return [name for name in _read(headers) if name.startswith(begins) and _TAG.fullmatch(name[len(begins) :])]

    def shown(self, headers: Headers, name: str) -> str | None:
        """What the browser brings under a name; nothing where it brings two, for then one is somebody else's."""
        values = _read(headers).get(name, [])
        return values[0] if len(values) == 1 else None

    def give(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        """Set a cookie, until the browser closes or for so many seconds."""
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax")

    def take(self, response: Response, name: str) -> None:
        """Have a cookie thrown away."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")

    def _named(self, name: str) -> str:
        return (HOST_PREFIX if self.secure else "") + name


def _read(headers: Headers) -> dict[str, list[str]]:
    """Strictly: our values have a small alphabet, and what does not fit it is not ours."""
    brought: dict[str, list[str]] = {}
    for header in headers.getlist("cookie"):
        for pair in header[:LONGEST_HEADER].split(";"):
            name, _, value = pair.strip(" ").partition("=")
            if _VALUE.fullmatch(value):
                brought.setdefault(name, []).append(value)
    return brought
