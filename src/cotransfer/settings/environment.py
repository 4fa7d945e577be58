"""Options from the environment: COTRANSFER_<SECTION>__<OPTION>, deeper tables by further `__`.

Texts stand as they are; everything else, and a secret that begins with a brace, is written as in TOML.
"""

import difflib
import enum
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

import attrs

from cotransfer.domain.values import UtilityId

from .faults import SettingsFault, Wrong
from .secret import Secret
from .structuring import plain_kind
from .whole import Settings

PREFIX = "COTRANSFER_"


@attrs.frozen
class Given:
    """One option that the environment sets."""

    variable: str
    path: tuple[str, ...]
    value: object

    @property
    def key(self) -> str:
        return ".".join(self.path)


def options(section: Any = Settings, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every option that the environment may set, with its type; lists of tables are the file's."""
    for one in attrs.fields(section):
        kind = plain_kind(one.type)
        here = (*path, one.name)
        if attrs.has(kind) and kind not in (Secret, UtilityId):
            yield from options(kind, here)
        elif not (get_origin(kind) is tuple and attrs.has(get_args(kind)[0])):
            yield here, kind


def variable(path: tuple[str, ...]) -> str:
    return PREFIX + "__".join(path).upper()


def given(environ: Mapping[str, str]) -> tuple[list[Given], list[SettingsFault]]:
    """What the environment says, and what of it nobody understands."""
    known = {variable(path): (path, kind) for path, kind in options()}
    found: list[Given] = []
    faults: list[SettingsFault] = []
    for name in sorted(name for name in environ if name.upper().startswith(PREFIX)):
        source = f"environment variable {name}"
        if name not in known:
            faults.append(SettingsFault(source, "", "There is no such option.", _remedy(name, known)))
            continue
        path, kind = known[name]
        try:
            found.append(Given(name, path, _read(environ[name], kind)))
        except Wrong as error:
            faults.append(SettingsFault(source, ".".join(path), error.wrong, error.remedy))
    return found, faults


def _remedy(name: str, known: Mapping[str, object]) -> str:
    tables = {PREFIX + one.name.upper() for one in attrs.fields(Settings) if get_origin(one.type) is tuple}
    if name.split("__")[0] in tables:
        return "Lists of tables are set in the settings file only."
    # The prefix is left out of the comparison: it makes all of them look alike.
    options_only = [one.removeprefix(PREFIX) for one in known]
    close = difflib.get_close_matches(name.upper().removeprefix(PREFIX), options_only, n=1)
    return f'Did you mean "{PREFIX}{close[0]}"?' if close else "Take it away; docs/settings.md lists every variable."


def _read(text: str, kind: Any) -> object:
    if kind is Secret and text.lstrip().startswith("{"):
        # A file named in the environment lies relative to where the process was started; so does a folder.
        match _toml(text):
            case {"file": str(name), **others} if not others:
                return {"file": str(Path(name).absolute())}
            case other:
                return other
    if kind is Path and text:
        return str(Path(text).absolute())
    if kind in (str, timedelta, Path, Secret, UtilityId) or isinstance(kind, enum.EnumMeta):
        return text
    return _toml(text)


def _toml(text: str) -> object:
    try:
        document = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        document = {}
    if len(document) != 1:
        raise Wrong("It cannot be read.", 'Write it as in TOML: 8080, true, [0, 5, 30], {thing1 = "location"}.')
    return document["value"]
