"""坐落: where a home or an account is, in its office's own spelling. Never taken apart here: `locations` does."""

import attrs

from cotransfer.domain.values.text import Personal, check_length, clean_text

LOCATION_RIGHT = "A location has 4 to 200 characters, such as 五华区翠湖路1号2幢3单元401室."


@attrs.frozen(repr=False)
class Location(Personal):
    """房地坐落, 原户号坐落: kept verbatim, because another spelling may be another home."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "location") -> "Location":
        """Trimmed and NFC, which changes no character's look."""
        location = clean_text(field, text, LOCATION_RIGHT)
        check_length(field, location, LOCATION_RIGHT, least=4, most=200)
        return cls(location)
