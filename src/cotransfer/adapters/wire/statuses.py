"""The scheme's certificate status table (steps 6 and 8) on the wire, as we pass it on to a utility.

Apart from the other tables because it spells a port's value, which a simulated counterparty may not know.
"""

from cotransfer.adapters.wire.fields import CERTIFICATE_NUMBER, LOCATION
from cotransfer.adapters.wire.messages import field, message
from cotransfer.adapters.wire.spelling import REGISTRY_STATE
from cotransfer.ports.registry import CertificateStatus

CERTIFICATE_STATUS = message(
    CertificateStatus,
    field("certificate_number", CERTIFICATE_NUMBER),
    field("location", LOCATION),
    field("registry_status", REGISTRY_STATE, of="registry_state"),
)
