"""What one life of a process can reach of its counterparties, and as what: the ports, by whichever lines.

Only names them; the lines are `outgoing` and `wires`.
"""

from collections.abc import Callable

import attrs

from cotransfer.ports.notifier import Notifier
from cotransfer.ports.registry import CertificateRegistry
from cotransfer.ports.utility import Utility
from cotransfer.simulation.attribution import Attribution
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.notifier import SimulatedNotifier
from cotransfer.simulation.processes import Life, SimulatedClock
from cotransfer.simulation.registry import SimulatedRegistry
from cotransfer.simulation.sms import SimulatedSms
from cotransfer.simulation.utility import SimulatedUtility
from cotransfer.simulation.weather import Weather


@attrs.frozen(kw_only=True)
class Reach:
    """Whoever there is, and what lies in between; `remembers_s` is what the gateway is told of the notifier, and
    `sms_remembers_s` of the SMS service; `sms` is None in a city without one. `attribution` is told what each call came
    to.
    """

    life: Life
    loop: VirtualLoop
    clock: SimulatedClock
    weather: Weather
    dice: Dice
    utility: SimulatedUtility
    registry: SimulatedRegistry
    notifier: SimulatedNotifier
    remembers_s: float
    attribution: Attribution
    sms: SimulatedSms | None = None
    sms_remembers_s: float = 0.0


@attrs.frozen(kw_only=True)
class Ports:
    """The outgoing ports of a gateway."""

    utility: Utility
    registry: CertificateRegistry
    notifier: Notifier
    sms: Notifier | None = None


MakePorts = Callable[[Reach], Ports]
