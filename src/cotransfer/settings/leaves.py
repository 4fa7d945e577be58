"""Every single option of one deployment, with its place: for rules that hold wherever an option stands.

Never says what an option should be, and never shows one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from .checks import is_loopback
from .secret import Secret
from .whole import Settings

_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://")

Leaf = tuple[str, object]
"""The option's place, such as `utilities[0].url`, and what it says."""


@attrs.frozen
class Address:
    """Where an option leads: the scheme, and whether the host is this machine."""

    key: str
    scheme: str
    host: str

    @property
    def is_here(self) -> bool:
        """Without a host it is a file or a socket of this machine."""
        return not self.host or self.host.startswith("/") or is_loopback(self.host)


def leaves(settings: Settings) -> Iterator[Leaf]:
    """All of them, in the order of the classes; what is left out (None) has none."""
    yield from _under("", settings)


def secrets(settings: Settings) -> Iterator[tuple[str, Secret]]:
    """Those that must not be seen. An address that carries a password is one of them, but not meant here."""
    for key, value in leaves(settings):
        if isinstance(value, Secret) and not _ADDRESS.match(value.text):
            yield key, value


def addresses(settings: Settings) -> Iterator[Address]:
    """Every address in the settings, the database's among them."""
    for key, value in leaves(settings):
        text = value.text if isinstance(value, Secret) else value
        if isinstance(text, str) and (found := _ADDRESS.match(text)):
            yield Address(key, found["scheme"], _host(text))


def _under(key: str, value: Any) -> Iterator[Leaf]:
    match value:
        case None:
            return
        case Secret():
            yield key, value
        case Mapping():
            for name, one in value.items():
                yield from _under(f"{key}.{name}", one)
        case tuple() | list() | frozenset():
            for nth, one in enumerate(value):
                yield from _under(f"{key}[{nth}]", one)
        case _ if attrs.has(type(value)):
            for field in attrs.fields(type(value)):
                yield from _under(f"{key}.{field.name}".lstrip("."), getattr(value, field.name))
        case _:
            yield key, value


def _host(text: str) -> str:
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return "?"  # Whatever it is, it is not known to be this machine.
