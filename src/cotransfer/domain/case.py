"""The facts of one transfer that never change: who, which home, which account, and what the rules allowed for.

Holds no progress: progress is the state's.
"""

import attrs

from cotransfer.domain.values import (
    AccountNumber,
    Application,
    OpenId,
    Restriction,
    Service,
    TransferId,
    UtilityId,
)


@attrs.frozen(kw_only=True)
class Case:
    """What is submitted at step 5: the scheme's seven fields, the original account, and where notices go.

    `follows` is the transfer that came to nothing before, where this is another attempt.
    """

    transfer: TransferId
    service: Service
    utility: UtilityId
    account_number: AccountNumber
    application: Application
    openid: OpenId | None = None
    follows: TransferId | None = None

    @property
    def claims(self) -> tuple[str, ...]:
        """What only one open transfer may hold: each (home, service), and the original account.

        Personal in clear: a store keeps them as keyed hashes only.
        """
        homes = [f"home|{self.service.value}|{unit.text}" for unit in self.application.unit_numbers] or [
            f"home|{self.service.value}|{self.application.certificate_number.canonical}"
        ]
        return (*homes, f"account|{self.utility.text}|{self.account_number.text}")


@attrs.frozen(kw_only=True)
class Policy:
    """What a deployment may decide about step 4: everything else is the scheme's.

    `mismatch_to_utility` hands a mismatching account to the utility's pre-review instead of refusing it;
    `refused_restrictions` are the registry's restrictions under which a home is not transferred (none by default:
    no restriction changes who uses the water).
    """

    mismatch_to_utility: bool = False
    refused_restrictions: frozenset[Restriction] = frozenset()
