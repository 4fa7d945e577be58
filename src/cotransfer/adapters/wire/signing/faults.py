"""The one way in which a signed message is turned away. Never tells its sender why: that is for our own log."""

import enum


class Flaw(enum.Enum):
    """What was wrong, as a stable word for the security log."""

    ABSENT = "absent"
    HEADER_MISSING = "header_missing"
    HEADER_TWICE = "header_twice"
    HEADER_TOO_LONG = "header_too_long"
    ID_MALFORMED = "id_malformed"
    TIME_MALFORMED = "time_malformed"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    SIGNATURES_MALFORMED = "signatures_malformed"
    TOO_MANY_SIGNATURES = "too_many_signatures"
    NO_KNOWN_SCHEME = "no_known_scheme"
    NO_MATCH = "no_match"
    BODY_TOO_LARGE = "body_too_large"
    OTHER_TARGET = "other_target"
    OTHER_CALLER = "other_caller"
    OTHER_NETWORK = "other_network"
    NONCE_MALFORMED = "nonce_malformed"
    ENVELOPE_MALFORMED = "envelope_malformed"
    NOT_OPENED = "not_opened"
    REPLAYED = "replayed"


class BadSignature(Exception):
    """The message is not signed as agreed; `why` stays with us, because each answer to "why" helps a forger on."""

    def __init__(self, why: Flaw) -> None:
        super().__init__("The message is not signed as agreed.")
        self.why = why
