"""Keys as files: `<folder>/<use>/<name>.key`, each readable by its owner alone, one key a file.

The listing is read again at most once a second, so that a running process sees a new key. Never prints a key, and
never takes one that others may read, or could have put there.
"""

import base64
import binascii
import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from cotransfer.adapters.keys.making import SIGNING, checked, make_key
from cotransfer.ports.keys import KEY_NAME, KeyMissing, KeyUse

SUFFIX = ".key"

LISTED_S = 1.0
"""How long a listing is believed."""

SIZE_LIMIT = 4_096
"""Bytes of a file; no key is as large."""


class KeyFolder:
    """A `KeyProvider` over a folder; any thread may ask it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._listed: dict[KeyUse, tuple[float, tuple[str, ...]]] = {}
        self._keys: dict[tuple[KeyUse, str], bytes] = {}

    def names(self, use: KeyUse) -> tuple[str, ...]:
        """As listed, no longer ago than `LISTED_S`."""
        with self._lock:
            at, names = self._listed.get(use, (float("-inf"), ()))
            now = time.monotonic()
            if now - at >= LISTED_S:
                names = self._list(use)
                self._listed[use] = now, names
            return names

    def key(self, use: KeyUse, name: str) -> bytes:
        """Read once: a key never changes. One that is not listed yet is looked for all the same."""
        with self._lock:
            known = self._keys.get((use, name))
            if known is None:
                known = self._keys[use, name] = self._read(use, name)
            return known

    def new(self, use: KeyUse, at: datetime) -> str:
        """A new key that is current from now on, named by the time; raises `OSError`."""
        name = self.next_name(use, at)
        self.make(use, name)
        return name

    def next_name(self, use: KeyUse, at: datetime) -> str:
        """What a key that is made then is to be called, so that it comes after all that are there."""
        stamp, last = at.astimezone(UTC).strftime("%Y%m%d-%H%M%S"), max(self._list(use), default="")
        return stamp if stamp > last else f"{last}-1"

    def make_missing(self, at: datetime) -> tuple[KeyUse, ...]:
        """A first key of every use that has none; which these were."""
        missing = tuple(use for use in KeyUse if not self._list(use))
        for use in missing:
            self.new(use, at)
        return missing

    def make(self, use: KeyUse, name: str) -> Path:
        """A new key in a new file, on the disk before this returns; raises `FileExistsError`, `OSError`."""
        file = self._file(use, name)
        for folder in (self.path, file.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = make_key(use)
        text = key if use in SIGNING else base64.b64encode(key) + b"\n"
        # Under another name until it is whole: nobody shall list half a key.
        half = file.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(half, file)
        finally:
            half.unlink(missing_ok=True)
        _flush(file.parent)
        with self._lock:
            self._listed.pop(use, None)
        return file

    def _list(self, use: KeyUse) -> tuple[str, ...]:
        try:
            self._check_folders(use)
            files = [file.name for file in (self.path / use.value).iterdir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise KeyMissing(
                use, f"The folder {self.path / use.value} cannot be read ({error.strerror}): mend its rights."
            ) from None
        names = (name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX))
        return tuple(sorted(name for name in names if KEY_NAME.fullmatch(name)))

    def _read(self, use: KeyUse, name: str) -> bytes:
        file = self._file(use, name)
        try:
            self._check_folders(use)
            with file.open("rb") as stream:
                found = os.fstat(stream.fileno())
                if found.st_mode & 0o077:
                    raise KeyMissing(use, f"Others may read the key file {file}: run `chmod 600` on it, or replace it.")
                _check_owner(use, file, found)
                text = stream.read(SIZE_LIMIT)
        except OSError as error:
            raise KeyMissing(
                use,
                f"The key file {file} cannot be read ({error.strerror}): restore it from where copies are kept.",
            ) from None
        return checked(use, name, text if use in SIGNING else _decoded(text))

    def _check_folders(self, use: KeyUse) -> None:
        """Whoever can put a file there would choose the key that everything new is sealed under; raises `OSError`."""
        for folder in (self.path, self.path / use.value):
            found = folder.stat()
            if found.st_mode & 0o022:
                raise KeyMissing(use, f"Others may change the folder {folder}: run `chmod 700` on it.")
            _check_owner(use, folder, found)

    def _file(self, use: KeyUse, name: str) -> Path:
        if not KEY_NAME.fullmatch(name):
            raise KeyMissing(use, "A key is wanted under a name that no key can have. Look at who names it.")
        return self.path / use.value / f"{name}{SUFFIX}"

    def __repr__(self) -> str:
        return f"KeyFolder({str(self.path)!r})"


def _check_owner(use: KeyUse, path: Path, found: os.stat_result) -> None:
    """Ours or the system's; anybody else could change it whatever its mode."""
    if found.st_uid not in (0, os.geteuid()):
        raise KeyMissing(
            use, f"{path} belongs to another user: run `chown` on it, if you know what it holds, or replace it."
        )


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        return b""


def _flush(folder: Path) -> None:
    """The name of a new file is on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
