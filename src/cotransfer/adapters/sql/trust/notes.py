"""The audit trail's part of a commit: the entries of its notes, chained after those that are there.

One look, which travels with the commit's others, and one insert. Never changes an entry.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from cotransfer.adapters.sql.moments import micros
from cotransfer.adapters.sql.tongue import Prepared, Row, Tongue
from cotransfer.adapters.sql.trust.subjects import Subjects
from cotransfer.adapters.sql.trust.tables import audit_entries, audit_subjects
from cotransfer.domain.notes import Note
from cotransfer.domain.trails import Tip, chained

ENTRY = ("chain", "sequence", "at", "body", "hash")
SUBJECT = ("subject", "chain")

_entries = audit_entries.c


class NoteRows:
    """What a commit does for the notes of its changes."""

    def __init__(self, tongue: Tongue, subjects: Subjects) -> None:
        self._subjects = subjects
        asked = tongue.listed(audit_entries, "chain")
        ends = select(audit_entries).where(_entries.chain == asked.c.chain).order_by(_entries.sequence.desc()).limit(1)
        self.tips = Prepared(
            select(
                asked.c.chain,
                ends.with_only_columns(_entries.sequence).scalar_subquery(),
                ends.with_only_columns(_entries.hash).scalar_subquery(),
            ),
            tongue.dialect,
            ("chain",),
        )
        self.insert_entries = Prepared(
            tongue.insert(audit_entries, *ENTRY).on_conflict_do_nothing(), tongue.dialect, ENTRY
        )
        self.insert_subjects = Prepared(
            tongue.insert(audit_subjects, *SUBJECT).on_conflict_do_nothing(), tongue.dialect, SUBJECT
        )

    @staticmethod
    def read_tips(rows: Iterable[Row]) -> dict[str, Tip]:
        """What `tips` found."""
        return {chain: Tip(sequence, digest) for chain, sequence, digest in rows if sequence is not None}

    @staticmethod
    def entries(tips: Mapping[str, Tip], notes: Iterable[Note]) -> list[Row]:
        """The rows of `notes` after `tips`; whoever finds one of them taken was not the first and must look again."""
        return [(one.chain, one.sequence, micros(one.at), one.body, one.hash) for one in chained(tips, notes)]

    def subjects(self, notes: Iterable[Note]) -> list[Row]:
        """Whom the chains are about."""
        about = {(note.chain, note.subject) for note in notes if note.subject is not None}
        return [(self._subjects.mark(subject), chain) for chain, subject in about if subject is not None]
