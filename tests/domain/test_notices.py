"""What is said to the citizen, in as few characters as a notice has room for."""

import pytest

from cotransfer.domain.notices import Notice, NoticeKind, Phrase
from cotransfer.testing.samples import CASE, GROUNDS, TRANSFER

PHRASE_LIMIT = 5
"""Characters in a `phrase` field of a WeChat template message."""


@pytest.mark.parametrize("phrase", Phrase)
def test_a_phrase_fits(phrase: Phrase) -> None:
    """Step 9: a phrase of a template message has at most five Chinese characters, and a code for everybody else."""
    assert 1 <= len(phrase.zh) <= PHRASE_LIMIT
    assert all("\u4e00" <= char <= "\u9fff" for char in phrase.zh)
    assert phrase.code == phrase.name.lower()


def test_phrases_tell_the_ends_apart() -> None:
    """Done, sent back and lapsed read differently."""
    assert len({phrase.zh for phrase in Phrase}) == len(Phrase)


def test_a_notice_keeps_silent_in_logs() -> None:
    """A printed notice shows nobody's number, address or grounds."""
    application = CASE.application
    printed = repr(
        Notice(
            key="k",
            kind=NoticeKind.RESULT,
            phrase=Phrase.FAILED,
            transfer=TRANSFER,
            service=CASE.service,
            certificate_number=application.certificate_number,
            location=application.location,
            mobile_number=application.mobile_number,
            openid=CASE.openid,
            grounds=GROUNDS,
        )
    )
    assert CASE.openid is not None
    for secret in (application.location, application.mobile_number, CASE.openid, GROUNDS):
        assert secret.text not in printed
    assert application.certificate_number.text not in printed
