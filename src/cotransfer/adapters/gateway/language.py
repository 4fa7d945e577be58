"""Which language a caller reads: Chinese unless they ask for English more. Never anything but texts depends on it."""

import enum
import re

_RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")
LONGEST_HEADER = 200


class Language(enum.Enum):
    """The languages of our texts, by the tag that answers bear."""

    ZH = "zh-CN"
    EN = "en"


def chosen(accept_language: str | None) -> Language:
    """The language asked for (RFC 9110 §12.5.4); Chinese when none or both are, or nobody can read the wish."""
    wish = accept_language or ""
    ranges = [_RANGE.fullmatch(part) for part in wish.split(",")] if len(wish) <= LONGEST_HEADER else []
    weights: dict[str, float] = {}
    for each in ranges:
        if each is not None:
            name = each[1].lower()
            weights[name] = max(weights.get(name, 0.0), min(float(each[2] or 1), 1.0))
    others = weights.get("*", 0.0)
    return Language.EN if weights.get("en", others) > weights.get("zh", others) else Language.ZH
