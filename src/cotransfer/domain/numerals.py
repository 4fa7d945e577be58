"""Writes Chinese numerals as digits where they count something (十八栋, 一五零二室).

Anywhere else they are part of a name and are left alone: 三家村, 五里多小区, 一二一大街, 七彩云南.
"""

import re

_SPELLINGS = ("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGITS = {han: value for value, spelled in enumerate(_SPELLINGS) for han in spelled}
_DIGITS |= {str(value): value for value in range(10)}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000}
_HAN = "".join(char for char in (*_DIGITS, *_TENS) if not char.isascii())
# The possessive run keeps the search linear: it never gives a character back.
_COUNTED = re.compile(f"(?<![{_HAN}])(?![百佰千])[{_HAN}][{_HAN}0-9]*+(?=[号栋幢座楼层室户组期区排队巷弄#]|单元)")


def with_arabic_numbers(text: str) -> str:
    """`text` with every numeral right before a counting word in digits, parted by a hyphen from digits before it."""
    return _COUNTED.sub(_arabic, text)


def _arabic(found: re.Match[str]) -> str:
    run = found.group()
    before = found.string[: found.start()][-1:]
    return ("-" if before.isdigit() else "") + (_sum(run) if _TENS.keys() & set(run) else _one_by_one(run))


def _one_by_one(run: str) -> str:
    return "".join(str(_DIGITS[char]) for char in run)


def _sum(run: str) -> str:
    total = pending = 0
    for char in run:
        if char in _TENS:
            total += (pending or 1) * _TENS[char]
            pending = 0
        else:
            pending = pending * 10 + _DIGITS[char]
    return str(total + pending)
