"""登记簿状态: how a right stands on the register. Never decides what may be done under it: policies do."""

import enum
import unicodedata

import attrs


class RegistryStatus(enum.Enum):
    """权属状态 of the register; what we do not understand is unknown, never current."""

    CURRENT = "current"
    PROVISIONAL = "provisional"
    HISTORICAL = "historical"
    TERMINATED = "terminated"
    UNKNOWN = "unknown"

    @classmethod
    def from_code(cls, code: object) -> "RegistryStatus":
        """Our word, the register's digit (0 to 3) or its Chinese word; unknown for anything else, never a refusal."""
        return STATUS_BY_CODE.get(_plain(code), cls.UNKNOWN)

    @property
    def zh(self) -> str:
        return STATUSES_ZH[self]


STATUSES_ZH = {
    RegistryStatus.CURRENT: "现势",
    RegistryStatus.PROVISIONAL: "临时",
    RegistryStatus.HISTORICAL: "历史",
    RegistryStatus.TERMINATED: "终止",
    RegistryStatus.UNKNOWN: "未知",
}
STATUS_BY_CODE = (
    {
        "0": RegistryStatus.PROVISIONAL,
        "1": RegistryStatus.CURRENT,
        "2": RegistryStatus.HISTORICAL,
        "3": RegistryStatus.TERMINATED,
    }
    | {zh: status for status, zh in STATUSES_ZH.items()}
    | {status.value: status for status in RegistryStatus}
)


class Restriction(enum.Enum):
    """What the register keeps beside a right, unit by unit; what we do not understand is another one, never none."""

    CONSTRUCTION_MORTGAGE = "construction_mortgage"
    ADVANCE_NOTICE = "advance_notice"
    ADVANCE_MORTGAGE = "advance_mortgage"
    ADVANCE_SEIZURE = "advance_seizure"
    MORTGAGE = "mortgage"
    SEIZURE = "seizure"
    OBJECTION = "objection"
    EASEMENT = "easement"
    LOCKED = "locked"
    RIGHT_OF_RESIDENCE = "right_of_residence"
    CANCELLED = "cancelled"
    OTHER = "other"

    @classmethod
    def from_code(cls, code: object) -> "Restriction":
        """Our word or the register's Chinese one, with or without 现势 before it; other for anything else."""
        return RESTRICTION_BY_CODE.get(_plain(code).removeprefix("现势"), cls.OTHER)

    @property
    def zh(self) -> str:
        return RESTRICTIONS_ZH[self]


RESTRICTIONS_ZH = {
    Restriction.CONSTRUCTION_MORTGAGE: "在建工程抵押",
    Restriction.ADVANCE_NOTICE: "预告",
    Restriction.ADVANCE_MORTGAGE: "预抵押",
    Restriction.ADVANCE_SEIZURE: "预查封",
    Restriction.MORTGAGE: "抵押",
    Restriction.SEIZURE: "查封",
    Restriction.OBJECTION: "异议",
    Restriction.EASEMENT: "地役",
    Restriction.LOCKED: "锁定",
    Restriction.RIGHT_OF_RESIDENCE: "居住权",
    Restriction.CANCELLED: "注销",
    Restriction.OTHER: "其他限制",
}
RESTRICTION_BY_CODE = {zh: restriction for restriction, zh in RESTRICTIONS_ZH.items()} | {
    restriction.value: restriction for restriction in Restriction
}


@attrs.frozen
class RegistryState:
    """The status and all restrictions of one right."""

    status: RegistryStatus
    restrictions: frozenset[Restriction] = frozenset()


def _plain(code: object) -> str:
    """A code as foreign systems send it: a text or a whole number; anything else is no code."""
    if not isinstance(code, str | int) or isinstance(code, bool):
        return ""
    return unicodedata.normalize("NFKC", str(code)[:40]).strip()
