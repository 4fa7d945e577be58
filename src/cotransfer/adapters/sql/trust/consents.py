"""Consents in the database: written with the change they belong to, read by transfer. Never holds a personal value."""

from collections.abc import Iterable

import attrs
import cattrs.preconf.orjson
from sqlalchemy import bindparam, func, select

from cotransfer.adapters.sql.codec import read_body, write_body
from cotransfer.adapters.sql.forms import Fields
from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.tongue import Prepared, Row, Talk, Tongue
from cotransfer.adapters.sql.trust.tables import consents
from cotransfer.domain.consents import Consent, How
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Change

CONSENT = ("transfer", "receiver", "body", "given_at", "withdrawn_at")


class ConsentRows:
    """What one engine's statements do with consents."""

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue
        given = tongue.insert(consents, *CONSENT)
        self._upsert = Prepared(
            given.on_conflict_do_update(
                index_elements=[consents.c.transfer, consents.c.receiver],
                set_={"withdrawn_at": func.coalesce(consents.c.withdrawn_at, given.excluded.withdrawn_at)},
            ),
            tongue.dialect,
            CONSENT,
        )
        self._of_transfer = Prepared(
            select(consents.c.receiver, consents.c.body, consents.c.given_at, consents.c.withdrawn_at)
            .where(consents.c.transfer == bindparam("transfer"))
            .order_by(consents.c.receiver),
            tongue.dialect,
        )

    def write(self, talk: Talk, changes: Iterable[Change]) -> None:
        """Inside the transaction of the changes."""
        # The last word on each wins: one statement may not touch a row twice.
        latest = {
            (transfer.text, consent.receiver): _row(transfer, consent)
            for change in changes
            for transfer, consent in change.consents
        }
        if latest:
            self._tongue.write(talk, self._upsert, [latest[key] for key in sorted(latest)])

    def of_transfer(self, talk: Talk, transfer: TransferId) -> tuple[Consent, ...]:
        rows = self._of_transfer.run(talk, transfer=transfer.text).fetchall()
        return tuple(_consent(transfer, row) for row in rows)


@attrs.frozen(kw_only=True)
class _Body:
    """What stands in the body: all that has no column of its own."""

    purpose: str
    fields: tuple[str, ...]
    text_version: str
    text_digest: str
    how: How


_CONVERTER = cattrs.preconf.orjson.make_converter(forbid_extra_keys=True)


def _row(transfer: TransferId, consent: Consent) -> Row:
    held = {field.name: getattr(consent, field.name) for field in attrs.fields(_Body)}
    withdrawn = None if consent.withdrawn_at is None else micros(consent.withdrawn_at)
    body = write_body(Consent, _CONVERTER.unstructure(_Body(**held)))
    return (transfer.text, consent.receiver, body, micros(consent.given_at), withdrawn)


def _read(fields: Fields) -> _Body:
    return _CONVERTER.structure(fields, _Body)


def _consent(transfer: TransferId, row: Row) -> Consent:
    receiver, body, given_at, withdrawn_at = row
    held = read_body(f"consents {transfer.text} {receiver}", Consent, body, _read)
    return Consent(
        receiver=receiver,
        given_at=moment(given_at),
        withdrawn_at=None if withdrawn_at is None else moment(withdrawn_at),
        **attrs.asdict(held, recurse=False),
    )
