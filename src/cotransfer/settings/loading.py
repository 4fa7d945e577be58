"""The one way settings come in: a TOML file, what the environment says over it, every fault told at once.

Never stops at the first fault, and never half-succeeds: settings that hold, or `SettingsError`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from . import environment
from .faults import SettingsError, SettingsFault, near
from .identity_provider import between_providers
from .signing_checks import between_signings
from .structuring import structured
from .whole import Finding, Settings, between_accesses, between_audiences, between_clients, between_utilities

_FILE_LIMIT = 4 * 1024 * 1024


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of `path` (None: defaults only) and `environ`; raises `SettingsError` with every fault."""
    document, faults = _read(path)
    given, strange = environment.given(environ)
    place = _Places(
        str(path) if path else "settings", {one.key: f"environment variable {one.variable}" for one in given}
    )
    faults += strange
    for one in given:
        faults += place.all(_put(document, one))
    sections, findings = _sections(document, path.parent if path else Path())
    faults += place.all([*findings, *_cross_checks(sections, document)])
    if faults:
        raise SettingsError(faults)
    return Settings(**sections)


@attrs.frozen
class _Places:
    """Which file or variable an option stands in."""

    file: str
    variables: Mapping[str, str]

    def all(self, findings: Iterable[Finding]) -> list[SettingsFault]:
        return [SettingsFault(self.of(key), key, wrong, remedy) for key, wrong, remedy in findings]

    def of(self, key: str) -> str:
        """The variable of the option, or of the option that this is a part of."""
        parts = re.split(r"\.|(?=\[)", key)
        for end in range(len(parts), 0, -1):
            whole = ".".join(part for part in parts[:end] if not part.startswith("["))
            if whole in self.variables:
                return self.variables[whole]
        return self.file


def _read(path: Path | None) -> tuple[dict[str, Any], list[SettingsFault]]:
    if path is None:
        return {}, []
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_LIMIT + 1)
        if len(content) > _FILE_LIMIT:
            return {}, [SettingsFault(str(path), "", "The file is larger than 4 MiB.", "Is it a settings file?")]
        return tomllib.loads(content.decode("utf-8")), []
    except OSError as error:
        reason = error.strerror or "the system does not say why"
        return {}, [
            SettingsFault(str(path), "", f"The file cannot be read: {reason}.", "Check its name and its rights.")
        ]
    except UnicodeDecodeError:
        return {}, [SettingsFault(str(path), "", "The file is not UTF-8.", "Save it as UTF-8.")]
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at .*\)$", str(error))  # Only the place: the rest may show what stands there.
        wrong = f"The file is not TOML {where[0] if where else ''}".rstrip() + "."
        return {}, [SettingsFault(str(path), "", wrong, "Mend that line; texts stand in quotes.")]
    except RecursionError:
        return {}, [SettingsFault(str(path), "", "The file is nested too deeply.", "Take brackets away.")]


def _put(document: dict[str, Any], given: environment.Given) -> Iterator[Finding]:
    """The environment wins over the file."""
    *tables, option = given.path
    at: Any = document
    for depth, name in enumerate(tables, 1):
        at = at.setdefault(name, {})
        if not isinstance(at, dict):
            yield ".".join(given.path[:depth]), "In the file it is not a section.", "Write it as a table of options."
            return
    at[option] = given.value


def _sections(document: Mapping[str, Any], base: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Each section by itself, so that the faults of one do not hide those of another."""
    fields = attrs.fields_dict(Settings)
    findings: list[Finding] = [
        (name, "There is no such section.", near(name, fields)) for name in document if name not in fields
    ]
    sections: dict[str, Any] = {}
    for name, one in fields.items():
        if name in document:
            section, wrong = structured(document[name], one.type, name, base)
            findings += wrong
            if not wrong:
                sections[name] = section
    return sections, findings


def _cross_checks(sections: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Finding]:
    utilities = sections.get("utilities", ())
    yield from between_utilities(utilities)
    can_tell = "utilities" in sections or "utilities" not in document
    known = [entry.id.text for entry in utilities] if can_tell else None
    yield from between_accesses(sections)
    yield from between_clients(sections.get("clients", ()), known)
    yield from between_signings(sections.get("registry"), sections.get("sms"), utilities, sections.get("clients", ()))
    citizens = sections.get("identity_provider")
    yield from between_audiences(sections.get("clients", ()), citizens)
    can_tell = citizens is not None or "identity_provider" not in document
    yield from between_providers(citizens, sections.get("operators"), can_tell=can_tell)
