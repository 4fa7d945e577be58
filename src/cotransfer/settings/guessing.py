"""Whether a secret is one: not printed somewhere, not a placeholder, not a pattern that a person would think of.

Never a measure of strength: what was drawn at random passes, what was typed by hand mostly does not.
"""

import itertools
import re

from .secret import Secret

KNOWN = frozenset(
    {
        "cotransfer-known-to-everybody",  # a default of former versions
        "sandbox-secret-of-no-use-elsewhere",  # the simulated WeChat's
        "sandbox-client-secret-of-no-use-elsewhere",
    }
)
"""Secrets that stand in our own code and pages."""

_WORDS = re.compile(
    r"password|passwd|secret|changeme|change-me|replace|example|default|qwerty|letmein|cotransfer|sandbox|kunming|"
    r"invented|sixteen|placeholder|welcome|administrator|123456|drawn:",
    re.IGNORECASE,
)
_ALPHABETS = (
    (re.compile(r"[0-9]+"), 3.32),
    (re.compile(r"[0-9a-f]+|[0-9A-F]+"), 4.0),
    (re.compile(r"[0-9a-z]+|[0-9A-Z]+"), 5.16),
    (re.compile(r"[0-9A-Za-z]+"), 5.95),
    (re.compile(r"[0-9A-Za-z+/=_-]+"), 6.0),
)
FEWEST_BITS = 80
"""What can be drawn from the characters it is made of; our own pages advise 256. 16 letters and digits have 95."""
FEWEST_DIFFERENT = 8
"""Different characters. Of 32 hexadecimal digits drawn at random one text in 100,000 has fewer than 9."""
FEWEST_STEPS = 10
"""Characters that are neither the one before again nor its neighbour in the alphabet."""


def guessable(secret: Secret) -> str | None:
    """What is wrong with it as a sentence that does not repeat it, or None."""
    text = secret.text
    if text in KNOWN:
        return "It is printed in the documentation or the code, and so known to everybody."
    if _WORDS.search(text):
        return "It contains a word that everybody tries first."
    if _period(text) <= len(text) // 2:
        return "It repeats itself."
    if len(set(text)) < FEWEST_DIFFERENT or _steps(text) < FEWEST_STEPS:
        return "It is a simple pattern, not drawn at random."
    if _bits(text) < FEWEST_BITS:
        return f"It is too short for what it is made of: fewer than {FEWEST_BITS} bits can be drawn that way."
    return None


def _period(text: str) -> int:
    """The length of the shortest beginning that, repeated, gives the whole."""
    return (text + text).find(text, 1) if text else 0


def _bits(text: str) -> float:
    """As if each character had been drawn from the smallest usual alphabet that holds all of them."""
    return len(text) * next((bits for alphabet, bits in _ALPHABETS if alphabet.fullmatch(text)), 6.5)


def _steps(text: str) -> int:
    """How many characters are neither the same as the one before nor its neighbour in the alphabet."""
    return sum(abs(ord(one) - ord(other)) > 1 for one, other in itertools.pairwise(text))
