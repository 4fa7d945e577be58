"""What the judgement before the start wants to know of this process and machine.

Reads rights of files, switches of the interpreter and the names of keys; never the content of anything.
"""

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cotransfer.ports.errors import Unavailable
from cotransfer.ports.keys import KeyProvider, KeyUse, current
from cotransfer.settings import Facts, Settings
from cotransfer.settings.leaves import leaves, secrets
from cotransfer.settings.startup import File

TALKATIVE = ("", "asyncio", "uvicorn", "uvicorn.error", "starlette", "httpx", "aiohttp", "sqlalchemy.engine", "psycopg")
"""Loggers that show what passes through them when they are set to DEBUG."""

SWITCHES = ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONINSPECT", "SSLKEYLOGFILE")
"""Variables that make the interpreter tell more; the last one gives away everything that is sent over TLS."""


PUBLIC = ".jwks_file"
"""How the options end whose files hold public keys; any other file that is named is taken for a secret."""


def facts_of(
    settings: Settings,
    *,
    config: Path | None,
    environ: Mapping[str, str] = os.environ,
    keys: KeyProvider | None = None,
    uses: Iterable[KeyUse] = (),
) -> Facts:
    """`config` is the settings file; `uses` are those that a key of `keys` is needed for."""
    return Facts(
        debugging=tuple(_debugging(environ)),
        files=tuple(_files(settings, config)),
        keys_missing=dict(_missing(keys, uses)) if keys is not None else {},
    )


def _debugging(environ: Mapping[str, str]) -> Iterator[str]:
    for name in SWITCHES:
        if environ.get(name):
            yield f"environment variable {name}"
    if sys.flags.dev_mode and not environ.get("PYTHONDEVMODE"):
        yield "python -X dev"
    for name in TALKATIVE:
        if logging.getLogger(name).level in range(1, logging.DEBUG + 1):
            yield f"the log level of {name or 'everything'}"


def _files(settings: Settings, config: Path | None) -> Iterator[File]:
    """Each file that a secret or a key was read from. The settings file holds a secret when one stands in it."""
    given = [secret for _, secret in secrets(settings)]
    named = [(key, value) for key, value in leaves(settings) if isinstance(value, Path)]
    public = {path for key, path in named if key.endswith(PUBLIC)}
    private = {secret.file for secret in given if secret.file is not None} | {path for _, path in named} - public
    if config is not None:
        (private if any(secret.file is None for secret in given) else public).add(config)
    for path in sorted(private | public):
        try:
            found = path.stat()
        except OSError:
            continue  # It was read a moment ago; what has been taken away since tells nobody anything.
        owned = found.st_uid in (0, os.geteuid())
        yield File(path=str(path), mode=found.st_mode & 0o777, owned=owned, secret=path in private)


def _missing(keys: KeyProvider, uses: Iterable[KeyUse]) -> Iterator[tuple[str, str]]:
    for use in uses:
        try:
            keys.key(use, current(keys, use))
        except Unavailable as error:
            yield use.value, str(error)
