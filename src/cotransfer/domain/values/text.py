"""What all parsed texts share: cleaning, a limit, and silence about what is personal. Never knows what a text means."""

import enum
import unicodedata
from typing import Literal, TypeVar

from cotransfer.domain.faults import Fault, Invalid

LONGEST = 2048
"""Characters looked at before anything else is known; normalising far longer texts would cost more than it is worth."""

UNWANTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's controls, invisible formatting, lone surrogates, line and paragraph separators."""

ONE_DASH = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
ANY_TEXT = "Send a text of visible characters."

Word = TypeVar("Word", bound=enum.Enum)


class Personal:
    """A value that never shows itself: `Name(***)` wherever it is printed; the clear text is `.text`.

    A subclass must be `@attrs.frozen(repr=False)`, or attrs writes a talkative `__repr__` over this one.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)


def clean_text(field: str, text: object, right: str = ANY_TEXT, *, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """`text` normalised and trimmed. Raises `Invalid` for no text, an empty or over-long one, and unwanted characters.

    NFKC makes full-width letters and digits plain ones; NFC leaves every character as it looks.
    """
    if not isinstance(text, str):
        raise Invalid(Fault(field, "not_text", "It is not a text.", right))
    if len(text) > LONGEST:
        raise Invalid(Fault(field, "too_long", f"It is longer than {LONGEST} characters.", right))
    cleaned = unicodedata.normalize(form, text).strip()
    if not cleaned:
        raise Invalid(Fault(field, "missing", "It is empty.", right))
    if not cleaned.isprintable() and any(map(_is_unwanted, cleaned)):
        raise Invalid(Fault(field, "control_characters", "It holds invisible or control characters.", right))
    return cleaned


def plain_text(field: str, text: object, right: str) -> str:
    """For numbers and codes: NFKC, no white space, every kind of dash a hyphen. Raises `Invalid` as `clean_text`."""
    return "".join(clean_text(field, text, right, form="NFKC").translate(ONE_DASH).split())


def check_length(field: str, text: str, right: str, *, least: int, most: int) -> None:
    """Raises `Invalid` unless `text` has from `least` to `most` characters."""
    if len(text) < least:
        raise Invalid(Fault(field, "too_short", f"It is shorter than {least} characters.", right))
    if len(text) > most:
        raise Invalid(Fault(field, "too_long", f"It is longer than {most} characters.", right))


def one_of(words: type[Word], field: str, text: object) -> Word:
    """The member whose value is `text`, spelled exactly. Raises `Invalid` for anything else."""
    right = f"Send one of: {', '.join(str(word.value) for word in words)}."
    cleaned = clean_text(field, text, right, form="NFKC")
    # Looked up rather than called: the enumeration's own complaint would repeat the value.
    word = {word.value: word for word in words}.get(cleaned)
    if word is None:
        raise Invalid(Fault(field, "unknown_word", "It is none of the known words.", right))
    return word


def _is_unwanted(char: str) -> bool:
    # Unassigned and private characters stay welcome: rare names are written with them. Noncharacters are nobody's name.
    return unicodedata.category(char) in UNWANTED or ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
