"""Which reports leave the water company when, as the plan's delivery says.

Pure: gives back lists of reports. Never invents one, and gives a copy another key only where the delivery says so.
"""

from collections.abc import Sequence
from typing import assert_never

import attrs

from cotransfer.sandbox.plans import Delivery
from cotransfer.sandbox.water_gateway import Report

PRE_REVIEW = "pre-review"


def at_once(delivery: Delivery, report: Report) -> tuple[Report, ...]:
    """What is sent as soon as there is something to report."""
    match delivery:
        case Delivery.IN_ORDER:
            return (report,)
        case Delivery.TWICE:
            return (report, report)
        case Delivery.REPEATED:
            return (report, again(report))
        case Delivery.LATE:
            return () if report.kind == PRE_REVIEW else (report,)
        case Delivery.REVERSED | Delivery.JUMBLED | Delivery.SILENT:
            return ()
        case _:
            assert_never(delivery)


def at_the_end(delivery: Delivery, reports: Sequence[Report]) -> tuple[Report, ...]:
    """What is sent when the case is over; `reports` are all there were, oldest first."""
    match delivery:
        case Delivery.IN_ORDER | Delivery.TWICE | Delivery.REPEATED | Delivery.SILENT:
            return ()
        case Delivery.LATE:
            return tuple(report for report in reports if report.kind == PRE_REVIEW)
        case Delivery.REVERSED:
            return tuple(reversed(reports))
        case Delivery.JUMBLED:
            return (*reversed(reports), *(again(report) for report in reports))
        case _:
            assert_never(delivery)


def again(report: Report) -> Report:
    """The same report under another key, as from a system that has forgotten that it has sent it."""
    return attrs.evolve(report, key=f"{report.key}-again")
