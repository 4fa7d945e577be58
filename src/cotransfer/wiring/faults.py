"""What only shows when settings are put to use: a file that is not there, keys that are none, halves that are no pair.

Told like any other fault of the settings: the option, what is wrong, the remedy. Never shows a key.
"""

import contextlib
from collections.abc import Iterator

from cotransfer.adapters.crypto.sm2 import SmMissing
from cotransfer.settings import SettingsError, SettingsFault


@contextlib.contextmanager
def told_of(option: str) -> Iterator[None]:
    """Whatever `option` names cannot be used: raises `SettingsError`."""
    try:
        yield
    except SettingsError:
        raise
    except OSError as error:
        named = f"The file {error.filename}" if error.filename else "A file of it"
        wrong = f"{named} cannot be read: {error.strerror or 'the system does not say why'}."
        raise _error(option, wrong, "Check its name and its rights.") from None
    except SmMissing as missing:
        raise _error(option, str(missing), "Or agree on another signature.") from None
    except ValueError as error:
        raise _error(option, str(error), "Mend this option, or what it names.") from None


def _error(option: str, wrong: str, remedy: str) -> SettingsError:
    return SettingsError([SettingsFault("settings", option, wrong, remedy)])
