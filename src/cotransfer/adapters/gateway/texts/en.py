"""Every text in English. Never holds a value; what is wrong with a field is told by the fault itself."""

from cotransfer.adapters.gateway.language import Language
from cotransfer.adapters.gateway.texts.tables import Texts, Wording
from cotransfer.domain.reasons import REASONS

_PROBLEMS = {
    "malformed": Wording("The message cannot be read", "The body is not JSON as we accept it."),
    "idempotency_key_missing": Wording("No idempotency key", "Every POST bears an Idempotency-Key header."),
    "header_invalid": Wording(
        "A header is wrong", "There is one Idempotency-Key, of 1 to 64 letters, digits, underscores or hyphens."
    ),
    "not_authorised": Wording("Not authorised", "The request shows no token, or not one of ours."),
    "signature_invalid": Wording("Signature invalid", "The message is not signed as agreed."),
    "forbidden": Wording("Forbidden", "This operation belongs to another role."),
    "insufficient_scope": Wording(
        "Not in the token's scope", "The token was not given for this operation; fetch one that is."
    ),
    "sign_in_required": Wording("Sign in first", "Nobody is signed in, or the sign-in has ended."),
    "sign_in_failed": Wording(
        "The sign-in did not succeed", "The provider's answer does not prove who is signing in; begin again."
    ),
    "cross_site": Wording(
        "Not from one of our pages", "The request bears no form word, or comes from another site than ours."
    ),
    "not_your_own": Wording("Not your own", "The request is about another person than the one who is signed in."),
    "not_found": Wording("No such address", "The gateway has nothing at this address."),
    "method_not_allowed": Wording("Method not allowed", "This address does not take this method."),
    "unknown_transfer": Wording("No such transfer", "There is no such transfer, or it is not yours to see."),
    "account_unknown": Wording("No such account", "The utility has no account of this number for this home."),
    "too_many_lookups": Wording(
        "Too many look-ups", "Only so many different accounts may be asked for in a day; try again later."
    ),
    "home_unknown": Wording("No such home", "The register has no such property."),
    "not_right_holder": Wording(
        "Not the right holder", "No such property was found in the applicant's name, or the name differs."
    ),
    "certificate_not_current": Wording(
        "The certificate is not current", "The register does not show this certificate as current."
    ),
    "restricted": Wording("The property is restricted", "A restriction on the property rules an online transfer out."),
    "not_a_home": Wording("Not a home", "The property unit is not a building, so it has no account to transfer."),
    "service_not_offered": Wording("Not offered here", "No utility offers this service online for this home."),
    "in_arrears": Wording("In arrears", "Money is owed on the account; once it is paid, the transfer can go on."),
    "wrong_account": Wording("Not this home's account", "The account does not belong to the chosen home."),
    "match_unconfirmed": Wording(
        "The account is unconfirmed", "The account possibly belongs to the home; the applicant has to confirm it."
    ),
    "consent_missing": Wording(
        "A consent is missing", "The applicant has to agree to each receiver of their data before the submission."
    ),
    "consent_outdated": Wording(
        "The consent is outdated",
        "What was agreed to is not today's text: show that to the applicant, and ask them again.",
    ),
    "consent_withdrawn": Wording(
        "The consent was withdrawn", "The applicant has withdrawn their consent; no more data is given."
    ),
    "already_under_way": Wording(
        "Already under way", "Another open transfer holds this home or account; follow that one first."
    ),
    "already_submitted": Wording("Already submitted", "This transfer has been submitted before."),
    "not_ready_to_sign": Wording("Not ready to sign", "The pre-review has not passed yet."),
    "being_withdrawn": Wording("Being withdrawn", "The transfer is being withdrawn; there is nothing to sign now."),
    "signed_already": Wording(
        "Signed already", "The contract is signed and cannot be withdrawn online any more; go to the utility's counter."
    ),
    "ended_already": Wording("Ended already", "The transfer has ended; this can no longer be done with it."),
    "withdraw_at_counter": Wording(
        "Withdraw at the counter", "This utility takes no application back online; go to its counter."
    ),
    "contradicts": Wording(
        "The report contradicts what is known", "The report is at odds with what is known; it is kept for a person."
    ),
    "closed": Wording("The transfer has ended", "Nothing is disclosed about a transfer after its end."),
    "not_closed": Wording("The transfer is under way", "This can be done once it has ended."),
    "unknown_reversal": Wording("Unknown reversal", "There is no such reversal, or it is not yours to see."),
    "nothing_to_reverse": Wording("Nothing to reverse", "The transfer was not completed, or it has been reversed."),
    "reversal_too_late": Wording(
        "Too late to question it",
        "The time in which this transfer can be questioned online is over; go to the utility's counter.",
    ),
    "reversal_under_way": Wording(
        "It is being questioned already", "A reversal of this transfer is open; follow that one."
    ),
    "reversal_decided": Wording(
        "It is decided", "The reversal has been decided or taken back; this can no longer be done with it."
    ),
    "too_many_reversals": Wording(
        "Questioned too often",
        "This transfer has been questioned too often to be questioned online again; go to the utility's counter.",
    ),
    "too_much_evidence": Wording(
        "Too many documents",
        "Each side may bring so many documents to one reversal; bring more to the utility's counter.",
    ),
    "not_your_reversal": Wording("Opened by somebody else", "Only whoever opened a reversal can take it back."),
    "citizen_unheard": Wording(
        "The citizen has yet to be heard",
        "The citizen has some days to bring evidence before a decision is entered for the utility.",
    ),
    "erased": Wording("The data were erased", "The personal data of this transfer were erased after its end."),
    "not_granted": Wording("Not granted", "No data-sharing authorization in force covers this operation."),
    "grant_suspended": Wording(
        "The grant is suspended",
        "The data-sharing authorization is suspended: no data goes out, reports still come in.",
    ),
    "grant_quota_spent": Wording(
        "The grant's quota is spent", "Today's quota is spent; the next one begins at midnight in China."
    ),
    "still_running": Wording(
        "Still at work", "A request with the same idempotency key is still at work; repeat it with that key later."
    ),
    "too_many_requests": Wording(
        "Too many requests at once", "So many requests of this client are in progress already; send fewer at a time."
    ),
    "too_large": Wording("The body is too large", "The body is larger than the gateway accepts."),
    "wrong_media_type": Wording(
        "Wrong media type", "The body has to be application/json in UTF-8, and not compressed."
    ),
    "invalid_fields": Wording("Wrong fields", "Some fields are missing or wrong; all of them are listed."),
    "idempotency_key_reused": Wording(
        "Idempotency key used before", "The key came before with another content; a new request needs a new key."
    ),
    "message_reused": Wording(
        "Message changed",
        "This message came before with another content; what came first stands, and this is not taken.",
    ),
    "internal": Wording("Internal error", "The gateway failed; tell the operator the correlation id."),
    "unintelligible": Wording("Unintelligible answer", "The answer of {party} breaks its contract; call the operator."),
    "unavailable": Wording("Unavailable for now", "No answer can be had from {party} for now; try again later."),
}

_NEXT_ACTIONS = {
    "none": "Nothing more to do.",
    "wait": "Wait; the state changes as soon as there is news.",
    "sign": "Sign the contract.",
    "sign_by_sms": "Sign the contract through the utility's SMS.",
    "submit": "Check everything and submit.",
    "confirm_match": "Confirm that the account belongs to the chosen home.",
    "give_consent": "Read what is given to whom and agree to it, then submit.",
    "sign_in": "Sign in, then try again.",
    "check_account_number": "Check the account number and enter it again.",
    "pay_arrears": "Pay what is owed first.",
    "apply_at_counter": "Apply at the utility's counter.",
    "follow_other_transfer": "Look at the transfer that is under way.",
    "apply_again": "Settle what the reason names, and apply again.",
    "correct_fields": "Correct the fields and send the message again.",
    "correct_message": "Correct the request as the contract has it.",
    "try_later": "Try again later.",
    "call_operator": "Call the operator and give the correlation id.",
}

_REVERSAL_STATES = {
    "opened": "Opened",
    "in_decision": "In decision",
    "carrying_out": "Being carried out",
    "reversed": "Reversed",
    "not_reversed": "Not reversed",
    "rejected": "Rejected",
    "withdrawn": "Withdrawn",
}

_REVERSAL_MILESTONES = {
    "opened": "The transfer is questioned.",
    "evidence_added": "Documents were brought.",
    "taken_up": "The utility has taken it up.",
    "upheld": "The utility has found that the transfer was wrong.",
    "rejected": "The utility has found that the transfer stands.",
    "carried_out": "The account bears its former name again.",
    "not_carried_out": "The account could not be put back.",
    "withdrawn": "It was taken back.",
    "notice_sent": "The citizen was told in WeChat.",
    "notice_undeliverable": "The notice could not be delivered.",
    "notice_in_doubt": "Whether the notice arrived is not known.",
    "deadline_passed": "It takes longer than it should.",
    "operator_told": "The operator was told that it waits.",
    "finding_kept_late": "A late finding was kept.",
    "finding_contradicts": "A finding that contradicts was kept for a person.",
}

_STATES = {
    "not_submitted": "Not submitted",
    "submitted": "Submitted",
    "in_pre_review": "In pre-review",
    "awaiting_signing": "Awaiting signing",
    "awaiting_sms_signing": "Awaiting signing by SMS",
    "in_handling": "In handling",
    "withdrawing": "Being withdrawn",
    "completed": "Completed",
    "pre_review_failed": "Pre-review not passed",
    "handling_failed": "Not handled",
    "signing_lapsed": "Not signed",
    "withdrawn": "Withdrawn",
}

_MILESTONES = {
    "submitted": "The application was submitted.",
    "taken_by_utility": "The utility has taken the application.",
    "pre_review_passed": "The pre-review was passed.",
    "signing_address_came": "The contract can now be signed online.",
    "signing_address_replaced": "The contract has another signing address.",
    "pre_review_not_passed": "The pre-review was not passed.",
    "signing_opened": "The applicant opened the contract.",
    "signed": "The contract was signed.",
    "declined": "The applicant declined to sign.",
    "expired": "The contract was not signed in time.",
    "withdrawal_asked": "The citizen asked for the application back.",
    "withdrawal_too_late": "The utility could not take the application back any more; it goes on.",
    "withdrawn": "The application was withdrawn.",
    "handled": "The account was transferred.",
    "not_handled": "The account was not transferred.",
    "report_kept_late": "A late report came in and was kept.",
    "report_contradicts": "A report at odds with what is known came in and was kept for a person.",
    "deadline_passed": "The step took longer than it should.",
    "operator_told": "The step has waited far too long; the operator was told.",
    "looked_again_unchanged": "Before handling, arrears and certificate were looked at once more: nothing has changed.",
    "looked_again_changed": "Before handling, something was found changed: money is owed, or the certificate is no "
    "longer as it has to be. The operator was told.",
    "not_looked_again": "Arrears and certificate could not be looked at once more before handling.",
    "invitation_sent": "The invitation to sign was sent.",
    "invitation_undeliverable": "The invitation to sign could not be delivered.",
    "invitation_in_doubt": "It is not known whether the invitation to sign arrived; it was not sent twice.",
    "reminder_sent": "The reminder to sign was sent.",
    "reminder_undeliverable": "The reminder to sign could not be delivered.",
    "reminder_in_doubt": "It is not known whether the reminder to sign arrived; it was not sent twice.",
    "result_sent": "The notice of the result was sent.",
    "result_undeliverable": "The notice of the result could not be delivered.",
    "result_in_doubt": "It is not known whether the notice of the result arrived; it was not sent twice.",
}

_SIGNING_WAYS = {
    "in_handling": "In handling",
    "sign_by_sms": "Sign the contract through the utility's SMS.",
    "closed": "The transfer has ended; there is nothing to sign.",
}

_NOTICES = {
    "to_sign": "The contract can be signed; please sign it on this page.",
    "completed": "The account now bears your name.",
    "failed": "The application was sent back; the reason stands on this page.",
    "lapsed": "The contract was not signed, so the application has ended.",
    "withdrawn": "The application was withdrawn, as you asked.",
}

_PARTIES = {
    "citizen": "the applicant",
    "platform": "the real-estate platform",
    "us": "the gateway",
    "registry": "the registry",
    "utility": "the utility",
    "signer": "the signing service",
    "notifier": "the notification service",
    "network": "the network",
}

_UNREADABLE = {
    "too_large": "The body is larger than the gateway accepts.",
    "not_utf8": "The body is not UTF-8.",
    "not_json": "The body is not JSON.",
    "too_deep": "The body is nested too deeply.",
    "number": "The body holds a number that is not accepted.",
    "null_character": "A text in the body contains the character U+0000.",
    "lone_surrogate": "A text in the body contains half of a surrogate pair.",
    "duplicate_key": "An object in the body has the same key twice.",
    "not_an_object": "The body is not a JSON object.",
    "incomplete": "The body did not come in time.",
}

EN = Texts(
    language=Language.EN,
    problems=_PROBLEMS,
    next_actions=_NEXT_ACTIONS,
    states=_STATES,
    reversal_states=_REVERSAL_STATES,
    reversal_milestones=_REVERSAL_MILESTONES,
    milestones=_MILESTONES,
    signing_ways=_SIGNING_WAYS,
    notices=_NOTICES,
    parties=_PARTIES,
    unreadable=_UNREADABLE,
    nothing_linked="No property could be linked; apply at the utility's counter.",
    reason=lambda reason: REASONS[reason.code][1],
    fault=lambda fault: (fault.wrong, fault.right),
)
