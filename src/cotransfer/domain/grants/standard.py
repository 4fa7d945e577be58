"""The scheme's own grants: its tables field by field, one grant for each counterparty and purpose (§1, §2).

A deployment starts from these; nothing in them is wider than a step of the scheme needs.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from cotransfer.domain.datasets import FIELDS, Dataset, Operation
from cotransfer.domain.grants.grant import Grant, GrantId
from cotransfer.domain.values import Service

BASIS = "昆明市“互联网+不动产”平台与自来水系统平台协同过户联动方案"


@attrs.frozen(kw_only=True)
class Terms:
    """What the parties agree on beside the scheme's tables."""

    valid_from: datetime
    valid_until: datetime
    daily_quota: int
    counties: frozenset[str] | None = None
    basis: str = BASIS


def standard_grants(
    *,
    platform: str = "platform",
    utility: str = "kunming-water",
    service: Service = Service.WATER,
    registry: str = "registry",
    notifier: str = "notifier",
    valid_from: datetime,
    valid_until: datetime,
    quota: int,
    counties: frozenset[str] | None = None,
) -> tuple[Grant, Grant, Grant, Grant]:
    """The four grants of the scheme: the platform's, the utility's, the registry's, the notifier's.

    Only the utility's is bound to the service and the counties: the others serve every utility.
    """
    terms = Terms(valid_from=valid_from, valid_until=valid_until, daily_quota=quota)
    return (
        platform_grant(platform, terms),
        utility_grant(utility, service, attrs.evolve(terms, counties=counties)),
        registry_grant(registry, terms),
        notifier_grant(notifier, terms),
    )


def platform_grant(platform: str, terms: Terms) -> Grant:
    """Steps 1 to 5 and 9: what the citizen sees on the platform, and what the citizen does there."""
    operations = (
        Operation.OPEN_CITIZEN_SESSION,
        Operation.SEARCH_PROPERTIES,
        Operation.SEARCH_ACCOUNT,
        Operation.SUBMIT_TRANSFER,
        Operation.SHOW_TRANSFER,
        Operation.OPEN_SIGNING,
        Operation.WITHDRAW_TRANSFER,
        Operation.SUBMIT_AGAIN,
        Operation.OPEN_REVERSAL,
        Operation.SHOW_REVERSALS,
        Operation.ADD_EVIDENCE,
        Operation.WITHDRAW_REVERSAL,
        Operation.SHOW_CONSENTS,
        Operation.WITHDRAW_CONSENT,
        Operation.SHOW_DISCLOSURES,
    )
    fields = _whole(Dataset.PROPERTIES, Dataset.ACCOUNT, Dataset.PRE_REVIEW, Dataset.HANDLING)
    return _grant(f"{platform}.transfers", platform, "joint-transfer", operations, fields, terms)


def utility_grant(utility: str, service: Service, terms: Terms) -> Grant:
    """Steps 4 to 8: the account's check, the application, the queries during the pre-review, and the reports."""
    operations = (
        Operation.FIND_ACCOUNT,
        Operation.SUBMIT_APPLICATION,
        Operation.SHOW_PROGRESS,
        Operation.CANCEL_APPLICATION,
        Operation.RENEW_SIGNING_ADDRESS,
        Operation.LIST_APPLICATIONS,
        Operation.SHOW_CERTIFICATE_STATUS,
        Operation.SHOW_IDENTITY,
        Operation.REPORT_PRE_REVIEW,
        Operation.REPORT_SIGNING,
        Operation.REPORT_HANDLING,
        Operation.QUESTION_TRANSFER,
        Operation.REPORT_REVERSAL,
    )
    fields = _whole(Dataset.ACCOUNT_QUERY, Dataset.APPLICATION, Dataset.CERTIFICATE_STATUS, Dataset.IDENTITY)
    purpose = f"{service.value}-account-transfer"
    return _grant(f"{utility}.transfer", utility, purpose, operations, fields, terms, service)


def registry_grant(registry: str, terms: Terms) -> Grant:
    """Steps 1, 6 and 8: whose homes, and how a certificate stands."""
    operations = (Operation.FIND_PROPERTIES, Operation.FIND_CERTIFICATE)
    fields = _whole(Dataset.HOLDER_QUERY, Dataset.CERTIFICATE_QUERY)
    return _grant(f"{registry}.verification", registry, "certificate-verification", operations, fields, terms)


def notifier_grant(notifier: str, terms: Terms) -> Grant:
    """Steps 7 and 9: notices to the citizen."""
    fields = _whole(Dataset.NOTICE)
    return _grant(f"{notifier}.notices", notifier, "citizen-notices", (Operation.SEND_NOTICE,), fields, terms)


def sms_grant(sms: str, terms: Terms) -> Grant:
    """Steps 7 and 9: the same notices by SMS, where WeChat could not deliver them."""
    fields = _whole(Dataset.SMS_NOTICE)
    return _grant(f"{sms}.notices", sms, "citizen-notices", (Operation.SEND_SMS,), fields, terms)


def _whole(*datasets: Dataset) -> Mapping[Dataset, frozenset[str]]:
    """The tables as the scheme has them."""
    return {dataset: frozenset(FIELDS[dataset]) for dataset in datasets}


def _grant(
    name: str,
    counterparty: str,
    purpose: str,
    operations: Iterable[Operation],
    fields: Mapping[Dataset, frozenset[str]],
    terms: Terms,
    service: Service | None = None,
) -> Grant:
    return Grant(
        id=GrantId(name),
        counterparty=counterparty,
        purpose=purpose,
        operations=frozenset(operations),
        fields=fields,
        service=service,
        counties=terms.counties,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        daily_quota=terms.daily_quota,
        basis=terms.basis,
    )
