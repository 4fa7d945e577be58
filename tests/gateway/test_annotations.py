"""Every field of every answer is somebody's by a grant, or nobody's for a reason that is given here.

A new field is neither, so that nothing personal can slip into an answer unannotated.
"""

import pytest
from tests.gateway.granted_fields import answers, granted

from cotransfer.domain.datasets import FIELDS, GIVES, Dataset, Operation

TABLES = {f"{dataset.value}.{name}" for dataset in Dataset for name in FIELDS[dataset]}

OF_NOTICES = tuple(
    f"{place}.{name}" for place in ("timeline[]", "undelivered_notice") for name in ("channel", "reason")
)
"""Named as fields of the tables are, which tell how a contract was signed and what a utility finds."""

NOBODYS = {
    "a transfer's own identifier, and where it stands: codes and texts of ours, no value of anybody": (
        "transfer",
        "service",
        "utility",
        "state",
        "state_text",
        "closed",
        "submitted_at",
        "follows",
        "updated_at",
        "timeline[].step",
        "timeline[].code",
        "timeline[].text",
        "timeline[].at",
        "timeline[].party",
        "news",
        "action",
        "text",
    ),
    "a reversal, of which nothing is shown that people wrote: codes, texts of ours, digests of documents, times": tuple(
        place + name
        for place in ("", "reversals[].")
        for name in (
            "transfer",
            "number",
            "ground",
            "opened_by",
            "state",
            "state_text",
            "closed",
            "documents[].by",
            "documents[].sha256",
            "opened_at",
            "updated_at",
            "timeline[].code",
            "timeline[].text",
            "timeline[].at",
            "next_action.code",
            "next_action.who",
            "next_action.text",
        )
    ),
    "what helps now, in codes and texts of ours": (
        "advice.code",
        "advice.text",
        "next_action.code",
        "next_action.who",
        "next_action.text",
        "timeline[].next_action.code",
        "timeline[].next_action.who",
        "timeline[].next_action.text",
    ),
    "by which channel a notice went and why one did not: codes of ours, and what it would have said": (
        *OF_NOTICES,
        "undelivered_notice.kind",
        "undelivered_notice.text",
    ),
    "both sides' names for the exchange that brought a failure: words that were judged to be nobody's number": (
        "timeline[].correlation_id",
        "timeline[].counterparty_correlation_id",
    ),
    "what we decided about the home or the account, as steps 1 and 4 have to tell the citizen: codes without values": (
        "properties[].transferable",
        "properties[].why_not",
        "properties[].co_owned",
        "account.shown",
        "matching.outcome",
        "matching.reasons[].code",
        "matching.reasons[].part",
        "matching.reasons[].speaks",
        "matching.reasons[].text",
        "may_submit",
    ),
    "a consent: systems, purposes, names of fields, words that are the same for everybody, times": (
        "consents[].receiver",
        "consents[].receiver_name",
        "consents[].contact",
        "consents[].purpose",
        "consents[].fields[]",
        "consents[].text",
        "consents[].text_version",
        "consents[].text_digest",
        "consents[].optional",
        "consents[].how",
        "consents[].given_at",
        "consents[].withdrawn_at",
    ),
    "the audit trail, which holds no value": (
        "disclosures[].at",
        "disclosures[].to",
        "disclosures[].operation",
        "disclosures[].dataset.code",
        "disclosures[].dataset.text",
        "disclosures[].fields[].code",
        "disclosures[].fields[].text",
        "disclosures[].purpose.code",
        "disclosures[].purpose.text",
        "disclosures[].transfer",
        "disclosures[].count",
        "complete",
    ),
    "a reference to a session, random": ("session", "expires_at"),
    "their own, in the browser of whoever is signed in": ("kind", "name", "roles[]", "until", "csrf"),
    "the gateway's own state": ("status",),
}
REASONS = {path: reason for reason, paths in NOBODYS.items() for path in paths}


def leaves() -> set[tuple[str, bool]]:
    """Every leaf of every answer but those about tokens and keys, and whether a grant governs it."""
    about_tokens = {"fetchToken", "introspectToken", "revokeToken", "showKeys", "showServerMetadata"}
    return {
        (field.path, bool(field.grants))
        for name, fields in answers().items()
        for field in fields
        if name not in about_tokens
    }


def test_every_field_is_annotated_or_nobodys():
    """Both lists together are all there is, and no field is on both."""
    annotated = {path for path, by_grant in leaves() if by_grant}
    plain = {path for path, by_grant in leaves() if not by_grant}
    assert plain - set(REASONS) == set()
    assert set(REASONS) - plain == set()
    # A location is shown in two answers, and granted in both.
    assert annotated & plain == set()


def test_every_field_of_the_tables_that_we_answer_with_is_annotated():
    """Whatever bears the name of a field of the scheme's tables leaves by a grant wherever it stands."""
    names = {name for names in FIELDS.values() for name in names} - {"outcome"}  # Of a matching, which is ours.
    for path, by_grant in leaves():
        if path not in OF_NOTICES and path.rpartition(".")[2].removesuffix("[]") in names:
            assert by_grant, path


@pytest.mark.parametrize("operation", sorted(granted()))
def test_annotations_name_what_the_operation_gives(operation: str):
    """Each names a field of the scheme's tables, of a table that this operation gives, and none is forgotten."""
    named = set(granted()[operation])
    assert named <= TABLES
    if operation in {"submitTransfer", "submitAgain"}:
        # They answer with the same schema as showTransfer, of a transfer that nobody can have decided about yet.
        assert named == {"pre_review.reason", "handling.reason"}
        return
    gives = {f"{dataset.value}.{name}" for dataset in GIVES[Operation(operation)] for name in FIELDS[dataset]}
    # What a pre-review came to is told as the transfer's state; its address only at the tap.
    not_shown = {
        "showTransfer": {"pre_review.result", "pre_review.signing_address", "handling.result"},
        "openSigning": {"pre_review.result", "pre_review.reason"},
    }
    assert gives - named == not_shown.get(operation, set())
