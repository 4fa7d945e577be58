"""What can be wrong with settings, told so that the operator can mend all of it in one go.

Never repeats a value: it may be a secret in the wrong place.
"""

import difflib
from collections.abc import Iterable

import attrs


@attrs.frozen
class SettingsFault:
    """One fault: the file or environment variable it stands in, the option, what is wrong, and the remedy."""

    source: str
    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.source}: {self.key}" if self.key else self.source
        return f"{place}: {self.wrong} {self.remedy}"


class SettingsError(ValueError):
    """The settings cannot be used; `faults` holds every fault found, and str() lists them one a line."""

    def __init__(self, faults: Iterable[SettingsFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Wrong(ValueError):
    """A value that an option does not take; the place is added by whoever knows it."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.remedy = remedy


def near(word: str, known: Iterable[str]) -> str:
    """The remedy for an unknown name: the nearest known one, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f'Did you mean "{close[0]}"?' if close else f"Known here: {', '.join(names)}."
