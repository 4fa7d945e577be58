"""A text that must not be seen: tokens, passwords, keys. Prints as `***` everywhere; the clear text is `.text`."""

from pathlib import Path

import attrs


@attrs.frozen(repr=False)
class Secret:
    """Written into the settings itself, or as `{file = "path"}` to be read from a file of its own."""

    text: str
    file: Path | None = attrs.field(default=None, eq=False)
    """Where it was read from; the same secret is the same wherever it stood."""

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"
