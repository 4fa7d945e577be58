"""What may be shown of a name or a location to somebody who is not its bearer: enough to recognise, not to learn.

Never shows more than these functions return, whatever the text holds.
"""

import enum

from cotransfer.domain.locations import parse_location
from cotransfer.domain.values import Location, Name

STAR = "*"
HIDDEN = "****"


class Shown(enum.Enum):
    """How much of an account a citizen is shown; the value is its stable name."""

    MASKED = "masked"  # 张*, 盘龙区****3幢
    COMPARED = "compared"  # neither: only how it compares with the home
    FULL = "full"  # as the utility has it


def masked_name(name: Name) -> str:
    """张*: the first character, and nothing about the length; a name that came masked from its first on stays so."""
    return name.text[:1].replace(STAR, "") + STAR if len(name.text) > 1 else STAR


def masked_location(location: Location) -> str:
    """盘龙区****3幢: district and building where they can be read; never road, estate, entrance or room."""
    parsed = parse_location(location.text)
    building = f"{parsed.building}幢" if parsed.building is not None else ""
    return f"{parsed.district or ''}{HIDDEN}{building}"
