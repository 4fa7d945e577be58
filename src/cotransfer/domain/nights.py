"""Which night it is, by a city's own clocks. Never reads one."""

from datetime import date, datetime, time, timedelta, timezone

import attrs


@attrs.frozen(kw_only=True)
class Nights:
    """When the city's nightly reconciliation begins, by its own clocks; later than `within` after that, it is let go
    until the next night: nobody is to be asked about everything in the daytime.
    """

    begins: time = time(2, 30)
    utc_offset: timedelta = timedelta(hours=8)
    within: timedelta = timedelta(hours=4)

    def night(self, at: datetime) -> date | None:
        """Which night's reconciliation may run now, by the date on which it begins; None in between."""
        zone = timezone(self.utc_offset)
        here = at.astimezone(zone)
        today = datetime.combine(here.date(), self.begins, zone)
        began = today if today <= here else today - timedelta(days=1)
        return began.date() if here - began < self.within else None
