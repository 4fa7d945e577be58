"""On disk personal data is sealed in its place, under keys that follow one another while traffic goes on."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.crypto.suites import Suite
from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.adapters.sql import Sealing, SqlStore, UnreadableRow, open_store
from cotransfer.adapters.sql.sealing import DATA_KEYS_KEPT, Keyring, Wrapped
from cotransfer.adapters.sql.sqlite import MODULE, SqliteTongue
from cotransfer.adapters.sql.tongue import Talk
from cotransfer.adapters.sql.trust import data_keys as rotation
from cotransfer.adapters.sql.trust.data_keys import SqlDataKeys
from cotransfer.domain import events as e
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.keys import KeyMissing, KeyProvider, KeyUse
from cotransfer.ports.transfers import Change, Committed
from cotransfer.testing.erasure import ended
from cotransfer.testing.histories import AT, History, history, message
from cotransfer.testing.keys import KEYS, SEALING

INDEX = {"1": make_key(KeyUse.INDEX)}
OLD, NEW = {"1": make_key(KeyUse.WRAPPING)}, {"2": make_key(KeyUse.WRAPPING)}


def wrapped_by(*keys: dict[str, bytes]) -> HeldKeys:
    """Those wrapping keys; the last one is current."""
    return HeldKeys({KeyUse.WRAPPING: {name: key for one in keys for name, key in one.items()}, KeyUse.INDEX: INDEX})


@pytest.fixture
def file(sqlite_with_tables: str) -> Path:
    """A fresh file."""
    return Path(sqlite_with_tables.removeprefix("sqlite:///"))


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """Either engine, with its tables."""
    database: str = request.getfixturevalue(f"{request.param}_with_tables")
    return database


def behind(file: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    """Execute behind the store's back."""
    with contextlib.closing(MODULE.connect(file, isolation_level=None)) as connection:
        found: list[tuple[object, ...]] = connection.execute(sql, values).fetchall()
        return found


def flipped(file: Path, column: str, transfer: str) -> str:
    """What is sealed there with one bit changed, as a literal; a fixed byte might be the one that stood there."""
    ((sealed,),) = behind(file, f"SELECT {column} FROM transfers WHERE id = ?", transfer)
    assert isinstance(sealed, bytes)
    changed = bytearray(sealed)
    changed[20] ^= 1
    return f"x'{changed.hex()}'"


async def filled(store: SqlStore, transfers: int = 2) -> list[History]:
    """Some transfers, each a step on, with an answer."""
    made = [history() for _ in range(transfers)]
    submitted = [one.submit(seen=(message("platform", one.transfer.text, answer=b"PLANTED"),)) for one in made]
    assert set(await store.commit(submitted)) == {Committed()}
    assert set(await store.commit([one.move(e.ApplicationTaken("KM-1")) for one in made])) == {Committed()}
    return made


class TestInItsPlace:
    """Whoever writes to the database can move and change what is there, and none of it opens."""

    @pytest.mark.parametrize("column", ["facts", "details"])
    @pytest.mark.parametrize("move", ["of another transfer", "of another column", "flipped", "cut", "in clear"])
    async def test_what_was_moved_or_changed_is_told_and_not_shown(self, file: Path, column: str, move: str) -> None:
        """The row is named; the rows around it stay readable."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            one, other = await filled(store)
            mine, theirs = one.transfer.text, other.transfer.text
            changed = {
                "of another transfer": f"(SELECT {column} FROM transfers WHERE id = '{theirs}')",
                "of another column": "details" if column == "facts" else "facts",
                "flipped": flipped(file, column, mine),
                "cut": f"substr({column}, 1, 30)",
                "in clear": "CAST('{}' AS BLOB)",
            }
            behind(file, f"UPDATE transfers SET {column} = {changed[move]} WHERE id = '{mine}'")
            loaded = await store.load([one.transfer, other.transfer])
        assert set(loaded.records) == {other.transfer}
        with pytest.raises(UnreadableRow, match=f"transfers {mine} cannot be read") as caught:
            loaded.record(one.transfer)
        assert "李" not in str(caught.value)

    @pytest.mark.parametrize(
        "change",
        ["version = 1", "state = 'submitted'", "state = 'completed'", "state = 'signing_lapsed'"],
    )
    async def test_details_are_of_what_the_row_says(self, file: Path, change: str) -> None:
        """Another state over the same details, or an older version, is no state of ours."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            one, _ = await filled(store)
            behind(file, f"UPDATE transfers SET {change} WHERE id = ?", one.transfer.text)
            with pytest.raises(UnreadableRow):
                (await store.load([one.transfer])).record(one.transfer)

    @pytest.mark.parametrize(
        "change",
        [
            "type = 'contract_declined'",
            "body = (SELECT body FROM journal AS j WHERE j.transfer <> journal.transfer AND j.sequence = 2)",
            "body = (SELECT body FROM journal AS j WHERE j.transfer = journal.transfer AND j.sequence = 1)",
            "body = x'00'",
        ],
    )
    async def test_events_stay_where_they_happened(self, file: Path, change: str) -> None:
        """Neither of another type, nor of another transfer, nor earlier or later."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            one, other = await filled(store)
            behind(file, f"UPDATE journal SET {change} WHERE transfer = ? AND sequence = 2", one.transfer.text)
            with pytest.raises(UnreadableRow, match=f"journal {one.transfer.text} 2"):
                await store.journal(one.transfer)
            assert len(await store.journal(other.transfer)) == 2

    async def test_an_answer_is_its_messages_own(self, file: Path) -> None:
        """Another message's answer is not given, and other messages are answered as before."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            await store.commit([Change(seen=(message("platform", "a"), message("platform", "b")))])
            behind(file, "UPDATE seen SET answer = (SELECT answer FROM seen WHERE key = 'a') WHERE key = 'b'")
            a, b = message("platform", "a"), message("platform", "b")
            loaded = await store.load([], [a.message, b.message])
        assert dict(loaded.seen) == {a.message: a}
        assert isinstance(loaded.unanswerable[b.message], UnreadableRow)

    async def test_a_data_key_is_its_transfers_own(self, file: Path) -> None:
        """A data key in another's place, or under the name of another wrapping key, wraps nothing."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            one, other = await filled(store)
        row = "SELECT wrapped FROM data_keys AS k WHERE k.id = ?"
        behind(file, f"UPDATE data_keys SET wrapped = ({row}) WHERE id = ?", other.transfer.text, one.transfer.text)
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            loaded = await store.load([one.transfer, other.transfer])
            assert set(loaded.records) == {other.transfer}
            with pytest.raises(UnreadableRow, match=f"data_keys {one.transfer.text}"):
                loaded.record(one.transfer)
            behind(file, "DELETE FROM data_keys WHERE id = ?", one.transfer.text)
            with pytest.raises(UnreadableRow, match="was not erased"):
                (await store.load([one.transfer])).record(one.transfer)


async def test_nothing_personal_is_on_the_disk(file: Path) -> None:
    """File, write-ahead log and all: no value of a case, no answer, no digest; and with other keys nothing opens."""
    planted = message("platform", "asked", digest=b"PLANTED-DIGEST", answer=b"PLANTED-ANSWER")
    async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
        one = history(home=77_665_544, account=8_712_345_678)
        await store.commit([one.submit(), Change(seen=(planted,))])
        bytes_there = b"".join(beside.read_bytes() for beside in file.parent.glob(f"{file.name}*"))
    application = one.case.application
    values = [
        application.right_holder_name.text, application.identity_number.text, application.mobile_number.text,
        application.certificate_number.text, application.location.text, one.case.account_number.text, "PLANTED",
        *(unit.text for unit in application.unit_numbers),
    ]  # fmt: skip
    assert one.transfer.text.encode() in bytes_there
    assert [value for value in values if value.encode() in bytes_there] == []


@pytest.mark.parametrize("suite", Suite)
async def test_either_suite_reads_what_the_other_wrote(file: Path, suite: Suite) -> None:
    """A deployment that changes its suite keeps what it has."""
    (other,) = set(Suite) - {suite}
    async with open_store(f"sqlite:///{file}", sealing=Sealing(KEYS, other)) as store:
        before = await filled(store)
    async with open_store(f"sqlite:///{file}", sealing=Sealing(KEYS, suite)) as store:
        after = await filled(store)
        assert set(await store.commit([one.move(e.SigningOpened()) for one in before])) == {Committed()}
        loaded = await store.load([one.transfer for one in (*before, *after)])
        assert {key: record.state for key, record in loaded.records.items()} == {
            one.transfer: one.state for one in (*before, *after)
        }
        assert await SqlDataKeys(store).rotate() == 0
    made = {one[0] for (one,) in behind(file, "SELECT wrapped FROM data_keys")}  # type: ignore[index]
    assert made == {one.mark for one in Suite}


class TestRotation:
    """A new wrapping key takes over while traffic goes on."""

    async def test_every_data_key_is_wrapped_anew(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Batch by batch, under load, until the old key wraps nothing and may go; whoever still has both reads on."""
        monkeypatch.setattr(rotation, "BATCH", 7)
        async with open_store(address, sealing=Sealing(wrapped_by(OLD))) as store:
            there = await filled(store, 40)
            await store.commit([Change(seen=(message("platform", "asked"),))])
            assert await SqlDataKeys(store).counts() == {"1": 41}
        both, heard = Sealing(wrapped_by(OLD, NEW)), list[int]()
        async with contextlib.AsyncExitStack() as opened:
            store = await opened.enter_async_context(open_store(address, sealing=both))
            beside = await opened.enter_async_context(open_store(address, sealing=both, administering=True))
            traffic = asyncio.create_task(self._traffic(store, there))
            assert await SqlDataKeys(beside).rotate(heard.append) == 41
            late = await traffic
            assert heard == sorted(heard)
            assert len(heard) > 5
            assert await SqlDataKeys(store).counts() == {"2": 41 + len(late)}
            assert await SqlDataKeys(beside).rotate() == 0
        async with open_store(address, sealing=Sealing(wrapped_by(NEW))) as store:
            await SqlDataKeys(store).check()
            loaded = await store.load([one.transfer for one in (*there, *late)])
            assert {key: record.state for key, record in loaded.records.items()} == {
                one.transfer: one.state for one in (*there, *late)
            }
            seen = message("platform", "asked")
            assert (await store.load([], [seen.message])).seen == {seen.message: seen}

    async def _traffic(self, store: SqlStore, there: list[History]) -> list[History]:
        new = []
        for one in there:
            other = history()
            new.append(other)
            assert await store.commit([one.move(e.SigningOpened()), other.submit()]) == (Committed(), Committed())
            assert not (await store.load([one.transfer, other.transfer])).unreadable
        return new

    async def test_interrupted_between_batches_it_goes_on(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is done stays done; at every moment everything is readable; the next one does the rest."""
        monkeypatch.setattr(rotation, "BATCH", 5)

        def interrupt(done: int) -> None:
            if done >= 10:
                raise KeyboardInterrupt

        async with open_store(address, sealing=Sealing(wrapped_by(OLD))) as store:
            there = await filled(store, 20)
        async with open_store(address, sealing=Sealing(wrapped_by(OLD, NEW))) as store:
            with pytest.raises(KeyboardInterrupt):
                await SqlDataKeys(store).rotate(interrupt)
            assert await SqlDataKeys(store).counts() == {"1": 10, "2": 10}
            assert len((await store.load([one.transfer for one in there])).records) == 20
            assert await SqlDataKeys(store).rotate() == 10

    async def test_what_is_erased_meanwhile_stays_erased(self, file: Path) -> None:
        """A data key that was read for wrapping and destroyed before it was written does not come back."""
        async with open_store(f"sqlite:///{file}", sealing=Sealing(wrapped_by(OLD))) as store:
            one, changes = ended()
            for change in changes:
                await store.commit([change])
        async with open_store(f"sqlite:///{file}", sealing=Sealing(wrapped_by(OLD, NEW))) as store:
            keys = SqlDataKeys(store)
            batch = await store.look(lambda talk: keys._wrapped_anew("1", talk))
            assert await store.commit([Change(erases=one.transfer)]) == (Committed(),)
            assert await store.write(lambda talk: keys._put(batch, talk)) == 0
            assert await keys.counts() == {}


class TestLostKeys:
    async def test_a_lost_wrapping_key_is_named_with_the_remedy(self, tmp_path: Path, file: Path) -> None:
        """What it wraps cannot be read for now, all else can; starting says so, and with the key back all is well."""
        keys = KeyFolder(tmp_path / "keys")
        keys.make(KeyUse.INDEX, "1")
        keys.make(KeyUse.WRAPPING, "1")
        async with open_store(f"sqlite:///{file}", sealing=Sealing(keys)) as store:
            before = await filled(store)
        lost = (tmp_path / "keys" / "wrapping" / "1.key").rename(tmp_path / "safe")
        keys.make(KeyUse.WRAPPING, "2")
        again: KeyProvider = KeyFolder(tmp_path / "keys")
        async with open_store(f"sqlite:///{file}", sealing=Sealing(again)) as store:
            after = await filled(store)
            loaded = await store.load([one.transfer for one in (*before, *after)])
            assert set(loaded.records) == {one.transfer for one in after}
            for one in before:
                with pytest.raises(Unavailable, match=r"wrapping/1\.key cannot be read .* restore it"):
                    loaded.record(one.transfer)
            with pytest.raises(KeyMissing, match=r"1\.key.*lost without it"):
                await SqlDataKeys(store).check()
            lost.rename(tmp_path / "keys" / "wrapping" / "1.key")
            assert len((await store.load([one.transfer for one in before])).records) == len(before)

    async def test_without_keys_nothing_personal_is_done(self, file: Path) -> None:
        """A store that was opened for something else neither writes in clear nor pretends to read."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            one, _ = await filled(store)
        async with open_store(f"sqlite:///{file}") as bare:
            for change in (history().submit(), Change(seen=(message("platform", "k"),))):
                with pytest.raises(KeyMissing):
                    await bare.commit([change])
            with pytest.raises(Unavailable, match="opened without keys"):
                (await bare.load([one.transfer])).record(one.transfer)
            assert await bare.buried() == ()

    async def test_another_key_of_the_same_name_opens_nothing(self, file: Path) -> None:
        """It is told as a changed row, and nothing is guessed."""
        async with open_store(f"sqlite:///{file}", sealing=Sealing(wrapped_by(OLD))) as store:
            one, _ = await filled(store)
        false = HeldKeys({KeyUse.WRAPPING: {"1": NEW["2"]}, KeyUse.INDEX: INDEX})
        async with open_store(f"sqlite:///{file}", sealing=Sealing(false)) as store:
            with pytest.raises(Unintelligible, match="wrapped by another key"):
                (await store.load([one.transfer])).record(one.transfer)


async def test_an_index_key_follows_another(file: Path) -> None:
    """While both are live, a home taken under the old one is taken; what ends gives it up under both."""
    one, rival = history(home=77_000_001), history(home=77_000_001)
    wrapping = {"1": make_key(KeyUse.WRAPPING)}
    both = HeldKeys({KeyUse.WRAPPING: wrapping, KeyUse.INDEX: {**INDEX, "2": make_key(KeyUse.INDEX)}})
    async with open_store(
        f"sqlite:///{file}", sealing=Sealing(HeldKeys({KeyUse.WRAPPING: wrapping, KeyUse.INDEX: INDEX}))
    ) as store:
        await store.commit([one.submit()])
    async with open_store(f"sqlite:///{file}", sealing=Sealing(both)) as store:
        assert await store.commit([rival.submit()]) != (Committed(),)
        rival = history(home=77_000_001)
        await store.commit([one.move(e.ContractDeclined())])
        assert await store.commit([rival.submit()]) == (Committed(),)
        assert len(behind(file, "SELECT claim FROM claims")) == 4
        await store.commit([rival.move(e.ContractDeclined())])
        assert behind(file, "SELECT claim FROM claims") == []


async def test_answers_go_with_the_key_of_their_day(file: Path) -> None:
    """Once a day's answers are forgotten its data key is destroyed; the day of the others stays."""
    async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
        seen = message("platform", "asked")
        await store.commit([Change(seen=(seen,))])
        await store.commit([Change(seen=(message("platform", "again"),))])
        ((day,),) = behind(file, "SELECT id FROM data_keys")
        assert str(day).startswith("answers-")
        assert await store.forget(seen.at) == 0
        assert behind(file, "SELECT id FROM data_keys") == [(day,)]
        assert await store.forget(seen.at.replace(day=seen.at.day + 1)) == 2
        assert behind(file, "SELECT id FROM data_keys") == []


async def test_an_erased_transfer_is_in_no_memory(file: Path) -> None:
    """A store that has read it a moment ago does not find it either, nor does one that runs beside it."""
    async with (
        open_store(f"sqlite:///{file}", sealing=SEALING) as store,
        open_store(f"sqlite:///{file}", sealing=SEALING, read_only=True) as other,
    ):
        one, changes = ended()
        for change in changes:
            await store.commit([change])
        for reader in (store, other):
            assert one.transfer in (await reader.load([one.transfer])).records
        await store.commit([Change(erases=one.transfer)])
        for reader in (store, other):
            assert one.transfer in (await reader.load([one.transfer])).erased
    assert behind(file, "SELECT facts, details FROM transfers") == [(b"", b"")]
    assert behind(file, "SELECT id FROM data_keys") == []


class TestErasedIsGone:
    """Destroyed is destroyed: whoever takes the file, its log and the wrapping key finds nothing to unwrap."""

    async def test_at_once(self, file: Path) -> None:
        """Neither in the file's free space nor in its log, while the store is open, as it is in use."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            one, wrapped = await self.there(store, file)
            assert holding(file, wrapped) != []
            await store.commit([Change(erases=one.transfer)])
            assert holding(file, wrapped) == []

    async def test_when_a_reader_has_gone(self, file: Path) -> None:
        """A backup that reads meanwhile holds the log: the erasure is taken all the same, and the next tidying ends
        it."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            one, wrapped = await self.there(store, file)
            with contextlib.closing(MODULE.connect(file, isolation_level=None)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT wrapped FROM data_keys").fetchall()
                assert await store.commit([Change(erases=one.transfer)]) == (Committed(),)
                assert holding(file, wrapped) != []
            await store.forget(AT)
            assert holding(file, wrapped) == []

    async def test_the_key_of_a_day(self, file: Path) -> None:
        """The key of a day's answers goes the same way."""
        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            seen = message("platform", "asked")
            await store.commit([Change(seen=(seen,))])
            ((wrapped,),) = behind(file, "SELECT wrapped FROM data_keys")
            await store.forget(seen.at.replace(day=seen.at.day + 1))
            assert holding(file, wrapped) == []

    async def test_a_sweep_that_fails_takes_nothing_back(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The disk may fail after the commit: that is answered as what it is, done."""

        def failing(_: SqliteTongue, talk: Talk) -> bool:
            raise MODULE.OperationalError("disk I/O error")

        async with open_store(f"sqlite:///{file}", sealing=SEALING) as store:
            one, _ = await self.there(store, file)
            monkeypatch.setattr(SqliteTongue, "sweep", failing)
            assert await store.commit([Change(erases=one.transfer)]) == (Committed(),)

    @staticmethod
    async def there(store: SqlStore, file: Path) -> tuple[History, object]:
        """A transfer that has ended, and its wrapped key."""
        one, changes = ended()
        for change in changes:
            await store.commit([change])
        ((wrapped,),) = behind(file, "SELECT wrapped FROM data_keys")
        return one, wrapped


def holding(file: Path, wrapped: object) -> list[str]:
    """In which files beside and of the database the wrapped key stands."""
    assert isinstance(wrapped, bytes)
    return [path.name for path in file.parent.glob(f"{file.name}*") if wrapped in path.read_bytes()]


class TestKeyring:
    @given(suite=st.sampled_from(Suite), clear=st.binary(max_size=200), name=st.text("abc-0123456789", min_size=1))
    def test_what_is_sealed_opens_after_any_rotation(self, suite: Suite, clear: bytes, name: str) -> None:
        """Wrapping anew changes the wrapping, never the data key."""
        old, both = Keyring(Sealing(wrapped_by(OLD), suite)), Keyring(Sealing(wrapped_by(OLD, NEW), suite))
        key, wrapped = old.new(name)
        anew = both.wrapped_anew(wrapped)
        assert (anew.kek, anew.key_id) == ("2", name)
        assert anew.wrapped != wrapped.wrapped
        sealed = key.seal(clear, "table|column|row")
        for held in (old.data_key(wrapped), both.data_key(wrapped), both.data_key(anew)):
            assert held.open(sealed, "table|column|row", "row") == clear
            with pytest.raises(UnreadableRow):
                held.open(sealed, "table|column|other", "row")

    def test_memory_is_bounded(self) -> None:
        """Only so many unwrapped keys are held, however many are asked for."""
        keyring = Keyring(SEALING)
        for nth in range(DATA_KEYS_KEPT + 50):
            keyring.data_key(keyring.new(str(nth))[1])
        assert keyring.data_key.cache_info().currsize == DATA_KEYS_KEPT

    @pytest.mark.parametrize("wrapped", [b"", b"\x00", b"\x01", b"\x01" * 60, b"\x09" + bytes(60)])
    def test_what_was_never_wrapped_is_told(self, wrapped: bytes) -> None:
        """As a row that cannot be read, whatever it holds."""
        with pytest.raises(UnreadableRow, match="data_keys mine"):
            Keyring(SEALING).data_key(Wrapped("mine", "test", wrapped))

    def test_nothing_prints_a_key(self) -> None:
        """Neither the keyring's keys nor what they are made of."""
        key, wrapped = Keyring(SEALING).new("mine")
        assert repr(key) == "DataKey(id='mine')"
        assert KEYS.key(KeyUse.WRAPPING, "test").hex() not in repr((key, wrapped, SEALING))
