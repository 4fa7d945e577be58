"""What a simulated counterparty still knows after it was killed: as much as a real one, and nothing twice."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from tests.processes.page import free_ports
from tests.sandbox.conftest import AT_ONCE, calling, submit, until
from tests.sandbox.receiver import TOKEN, Receiver

from cotransfer.sandbox import (
    RESULT_TEMPLATE,
    Agreed,
    Beginning,
    City,
    Delivery,
    Memory,
    OtherBeginning,
    Plan,
    Sandbox,
    Signing,
    Water,
    WeChat,
)
from cotransfer.sandbox.diary import FileDiary
from cotransfer.sandbox.water_book import Book

PLANS = [
    Plan(),
    Plan(signing=Signing.BOTH),
    Plan(pre_review_fails="资料不符"),
    Plan(handling_fails="水表编号不符"),
    Plan(signing=Signing.DECLINED, signing_address=False),
    Plan(delivery=Delivery.REVERSED),
]


def waterworks(city: City, diary: Path, receiver: Receiver) -> Water:
    """The company as it begins with what is in that diary."""
    company = Water(city.accounts, pace=AT_ONCE, address="http://127.0.0.1:8002", diary=FileDiary(diary))
    company.gateway.connect("http://gateway", TOKEN, transport=receiver.transport)
    return company


class TestDiary:
    def test_what_was_written_is_read_in_the_next_life(self, tmp_path: Path) -> None:
        """Entry after entry, in their order."""
        first = FileDiary(tmp_path / "d")
        first.write(told="一")
        first.write(told="b")
        assert first.entries() == ()
        assert FileDiary(tmp_path / "d").entries() == ({"told": "一"}, {"told": "b"})

    def test_an_entry_that_was_cut_short_never_was(self, tmp_path: Path) -> None:
        """Killed in the middle of a line: it is taken away, and the next entry does not stick to it."""
        (tmp_path / "d").write_bytes(b'{"told":"a"}\n{"told":"')
        second = FileDiary(tmp_path / "d")
        assert second.entries() == ({"told": "a"},)
        second.write(told="b")
        assert FileDiary(tmp_path / "d").entries() == ({"told": "a"}, {"told": "b"})


class TestWater:
    @pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.signing.value}-{plan.delivery.value}")
    async def test_wherever_it_dies_it_ends_as_if_it_had_lived(self, city: City, tmp_path: Path, plan: Plan) -> None:
        """Killed after each entry of its diary, and in the middle of the next: every effect is made once, every report
        arrives, and the account is whose it would have been.
        """
        lived, someone = Receiver(), city.someone("plain")
        whole = waterworks(city, tmp_path / "whole", lived)
        assert someone.account is not None
        whole.plan(someone.account.account_number, plan)
        async with calling(whole) as client:
            transfer, _ = await submit(client, someone)
        await whole.handling.finished()
        await whole.close()
        lines = (tmp_path / "whole").read_bytes().splitlines(keepends=True)
        taken = 1 + next(nth for nth, line in enumerate(lines) if b'"taken"' in line)
        assert len(lines) - taken >= 3
        for nth in range(taken, len(lines) + 1):
            cut = tmp_path / f"cut-{nth}"
            cut.write_bytes(b"".join(lines[:nth]) + b"".join(line[:9] for line in lines[nth : nth + 1]))
            receiver = Receiver()
            again = waterworks(city, cut, receiver)
            again.resume()
            await again.handling.finished()
            await again.close()
            assert again.book.effects == whole.book.effects
            assert again.book.cases[transfer].progress.keys() == whole.book.cases[transfer].progress.keys()
            assert again.book.unfinished == ()
            assert again.book.account(someone.account.account_number) == whole.book.account(
                someone.account.account_number
            )
            assert _without_links(receiver) == _without_links(lived)[len(again.book.told) :]

    async def test_the_same_application_again_gets_the_same_answer(
        self, city: City, tmp_path: Path, receiver: Receiver
    ) -> None:
        """Step 5: the key is known over a restart; the account is held by the case that was under way."""
        first = waterworks(city, tmp_path / "d", receiver)
        someone = city.someone("plain")
        assert someone.account is not None
        first.plan(someone.account.account_number, Plan(by_hand=True))
        async with calling(first) as client:
            transfer, answer = await submit(client, someone)
        await first.close()
        second = waterworks(city, tmp_path / "d", receiver)
        second.resume()
        async with calling(second) as client:
            _, same = await submit(client, someone, transfer)
            _, other = await submit(client, someone)
        await second.close()
        assert (same.status_code, same.json()) == (answer.status_code, answer.json())
        assert other.json()["outcome"] == "not_taken"
        assert Counter(effect.what for effect in second.book.effects) == {"taken": 1}
        assert second.book.cases[transfer].received == 2

    async def test_links_open_and_sign_after_a_restart(self, city: City, tmp_path: Path, receiver: Receiver) -> None:
        """Step 7: the customer's SMS does not know that the company's machine was started again."""
        first = waterworks(city, tmp_path / "d", receiver)
        someone = city.someone("plain")
        assert someone.account is not None
        first.plan(someone.account.account_number, Plan(signing=Signing.ON_THE_PAGE))
        async with calling(first) as client:
            transfer, _ = await submit(client, someone)
            await until(lambda: bool(first.handling.outbox) and first.book.cases[transfer].pre_review is not None)
        await first.close()
        second = waterworks(city, tmp_path / "d", receiver)
        second.resume()
        assert second.handling.outbox == first.handling.outbox
        async with calling(second) as client:
            link = httpx.URL(second.handling.outbox[0].signing_address).path
            assert (await client.get(link)).status_code == 200
            await client.post(link, content=b"decision=sign")
        await second.handling.finished()
        await second.close()
        assert second.book.cases[transfer].handling == {"result": "done"}

    async def test_what_was_taken_back_stays_so(self, city: City, tmp_path: Path, receiver: Receiver) -> None:
        """Withdrawn while it was open, or before it came in: neither is begun again after a restart."""
        first = waterworks(city, tmp_path / "d", receiver)
        someone, other = city.someone("plain"), "019a9d2e-7c11-7a44-8b0e-00000000beef"
        assert someone.account is not None
        first.plan(someone.account.account_number, Plan(signing=Signing.ON_THE_PAGE))
        async with calling(first) as client:
            transfer, _ = await submit(client, someone)
            await until(lambda: first.book.cases[transfer].pre_review is not None)
        renewed = first.handling.renew(transfer)
        assert first.handling.withdraw(transfer)
        assert first.handling.withdraw(other)
        await first.close()
        second = waterworks(city, tmp_path / "d", receiver)
        second.resume()
        await second.handling.finished()
        assert second.book.cases[transfer].progress["signing"] == {"outcome": "withdrawn"}
        assert second.book.cases[transfer].wechat_link == renewed
        async with calling(second) as client:
            _, answer = await submit(client, someone, other)
        await second.close()
        assert answer.json()["outcome"] == "not_taken"
        assert [effect.what for effect in second.book.effects] == ["taken", "pre_reviewed", "withdrawn"]

    def test_what_it_was_told_to_do_is_kept(self, city: City, tmp_path: Path) -> None:
        """Plans and payments are on record as well."""
        debtor, plain = city.someone("in_arrears").account, city.someone("plain").account
        assert debtor is not None
        assert plain is not None
        first = Book(city.accounts, FileDiary(tmp_path / "d"))
        first.pay(debtor.account_number)
        first.fall_behind(plain.account_number)
        first.plan("019a9d2e-7c11-7a44-8b0e-000000000001", Plan(not_taken="系统升级"))
        second = Book(city.accounts, FileDiary(tmp_path / "d"))
        kept = [second.account(one.account_number) for one in (debtor, plain)]
        assert [one is not None and one.in_arrears for one in kept] == [False, True]
        body = {"account_number": debtor.account_number}
        assert second.take("019a9d2e-7c11-7a44-8b0e-000000000001", body).not_taken == "系统升级"

    @pytest.mark.parametrize("office", [lambda diary: Book((), diary), lambda diary: WeChat(followers=(), diary=diary)])
    def test_a_diary_of_something_else_is_not_guessed_at(self, tmp_path: Path, office: object) -> None:
        """Whoever names the wrong folder is told so."""
        (tmp_path / "d").write_bytes(b'{"dear":"diary"}\n')
        assert callable(office)
        with pytest.raises(ValueError, match="nobody understands"):
            office(FileDiary(tmp_path / "d"))


def _without_links(receiver: Receiver) -> Sequence[tuple[str, str]]:
    """What was reported; the links are drawn anew where the pre-review was not on record yet."""
    return [(arrival.kind, arrival.key) for arrival in receiver.arrivals]


class TestWeChat:
    async def test_a_message_is_not_delivered_again(self, city: City, tmp_path: Path) -> None:
        """The same client_msg_id to the same follower, across a restart within ten minutes: one message, one number."""
        told, own = [], []
        for _ in range(2):
            app = WeChat(followers=city.followers, diary=FileDiary(tmp_path / "d"), now=lambda: 1000.0)
            token = app.tokens.stable().text
            async with calling(app) as client:
                for client_msg_id in ("same", None):
                    told.append(await _send(client, token, city, client_msg_id))
            own.append(len(app.inbox))
        assert told[0] == told[2]
        assert len(set(told)) == 3
        assert own == [2, 3]

    def test_who_follows_is_kept(self, city: City, tmp_path: Path) -> None:
        """What people do is not undone by a restart."""
        first = WeChat(followers=["a"], strangers=["b"], diary=FileDiary(tmp_path / "d"))
        first.follow("b")
        first.unfollow("a")
        second = WeChat(followers=["a"], strangers=["b"], diary=FileDiary(tmp_path / "d"))
        assert (second._followers, second._strangers) == ({"b"}, {"a"})


async def _send(client: httpx.AsyncClient, token: str, city: City, client_msg_id: str | None) -> int:
    said = {
        "touser": city.someone("plain").wechat_openid,
        "template_id": RESULT_TEMPLATE,
        "url": "https://platform.example",
        "data": {"thing1": {"value": "a"}, "thing2": {"value": "b"}, "character_string3": {"value": "c"}}
        | {"date4": {"value": "2026年11月23日"}},
    }
    if client_msg_id is not None:
        said["client_msg_id"] = client_msg_id
    answer = await client.post("/cgi-bin/message/template/send", params={"access_token": token}, json=said)
    assert answer.json()["errcode"] == 0, answer.json()
    return int(answer.json()["msgid"])


class TestMemory:
    async def test_a_sandbox_begins_where_it_ended(self, city: City, tmp_path: Path) -> None:
        """Same ports where none is asked for, same secrets, same key of the identity provider."""
        ends, names = [], ("registry", "water", "wechat", "identity", "sms")
        # Nobody who asks for any port gets one of these meanwhile, as it could be with any that the first one found.
        first, second = dict(zip(names, free_ports(5), strict=True)), dict.fromkeys(names, 0)
        for asked in (first, second):
            kept = Memory.of(tmp_path / "m", Beginning(seed=7, times=1, agreed=Agreed()))
            agreed = kept.beginning.agreed
            assert agreed is not None
            ports = kept.ports(asked)
            async with Sandbox(city=city, ports=ports, memory=kept) as sandbox:
                if not kept.begun:
                    kept.keep(sandbox.addresses)
                ends.append((dict(sandbox.addresses), agreed, sandbox.identity.passports.public_keys))
        assert ends[0] == ends[1]

    @pytest.mark.parametrize(
        ("other", "why"),
        [
            (Beginning(seed=8, times=1), "--seed 7"),
            (Beginning(seed=7, times=2), "--times 1"),
            (Beginning(seed=7, times=1, agreed=Agreed()), "without --settings"),
        ],
    )
    def test_another_sandbox_is_not_mixed_in(self, tmp_path: Path, other: Beginning, why: str) -> None:
        """A diary speaks of accounts and secrets that another beginning does not have."""
        Memory.of(tmp_path, Beginning(seed=7, times=1)).keep({"water": "http://127.0.0.1:1"})
        with pytest.raises(OtherBeginning, match=why):
            Memory.of(tmp_path, other)

    def test_nobody_else_may_read_it(self, tmp_path: Path) -> None:
        """There are secrets in it."""
        kept = Memory.of(tmp_path / "m", Beginning(seed=7, times=1))
        kept.keep({"water": "http://127.0.0.1:1"})
        kept.diary("water")
        kept.close()
        modes = {oct(one.stat().st_mode & 0o777) for one in (tmp_path / "m").iterdir()}
        assert modes == {"0o600"}
