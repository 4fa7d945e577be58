"""What is wrong with a value, in words for its sender. Never holds the value: faults go into answers and logs."""

import attrs


@attrs.frozen
class Fault:
    """One field that does not hold what it should.

    `field` is the field's name, dotted at the edges ("applicant.identity_number"); `code` is a stable word;
    `wrong` says what is wrong and `right` what a right one looks like, with an invented sample.
    """

    field: str
    code: str
    wrong: str
    right: str

    def under(self, prefix: str) -> "Fault":
        """The same fault, told from one level further out."""
        return attrs.evolve(self, field=f"{prefix}.{self.field}")

    def __str__(self) -> str:
        return f"{self.field}: {self.wrong} {self.right}"


class Invalid(ValueError):
    """Something did not parse; `faults` tells everything that is wrong with it, never nothing."""

    def __init__(self, fault: Fault, *more: Fault) -> None:
        super().__init__(fault, *more)
        self.faults: tuple[Fault, ...] = (fault, *more)

    def under(self, prefix: str) -> "Invalid":
        """The same faults, told from one level further out."""
        return Invalid(*(fault.under(prefix) for fault in self.faults))

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)
