"""The invented city: large enough, right in every number, and always the same for the same seed."""

from datetime import date

import attrs
import pytest

from cotransfer.domain.values import (
    AccountNumber,
    CertificateNumber,
    DocumentType,
    IdentityNumber,
    Location,
    MobileNumber,
    Name,
    OpenId,
    RegistryStatus,
    Restriction,
    UnitNumber,
)
from cotransfer.sandbox import City, Someone
from cotransfer.sandbox.city import POPULATION
from cotransfer.sandbox.places import chinese
from cotransfer.sandbox.records import Property

TODAY = date(2026, 11, 23)
SEEDS = (0, 1, 2021)


def homes_and_people(seed: int) -> tuple[City, list[Someone], list[Property]]:
    """The city of a seed, its people and its homes."""
    city = City.from_seed(seed)
    return city, list(city.people), list(city.homes)


@pytest.mark.parametrize("seed", SEEDS)
class TestEveryCity:
    def test_has_at_least_two_hundred_homes_in_the_districts(self, seed: int) -> None:
        """The registry holds a city of at least 200 homes, each in a district of Kunming."""
        city, _, homes = homes_and_people(seed)
        assert len({home.unit_numbers for home in homes}) >= 200
        assert len(city.accounts) >= 200
        assert {home.unit_numbers[0][:4] for home in homes} == {"5301"}

    def test_is_the_same_for_the_same_seed(self, seed: int) -> None:
        """A seed decides everything: stories can be told again."""
        assert City.from_seed(seed).people == City.from_seed(seed).people
        assert City.from_seed(seed).homes != City.from_seed(seed + 1).homes

    def test_holds_only_valid_numbers(self, seed: int) -> None:
        """Every number passes the domain's own checks, although they were computed independently."""
        city, people, homes = homes_and_people(seed)
        for someone in people:
            MobileNumber.parse(someone.mobile_number)
            OpenId.parse(someone.wechat_openid)
        for home in homes:
            assert CertificateNumber.parse(home.certificate_number).legacy == ("房权证" in home.certificate_number)
            assert Location.parse(home.location).text == home.location
            RegistryStatus(home.status)
            assert all(Restriction(word) for word in home.restrictions)
            assert all(UnitNumber.parse(unit).text == unit for unit in home.unit_numbers)
            for holder in home.right_holders:
                kind = DocumentType(holder.document_type)
                assert IdentityNumber.parse(kind, holder.identity_number, on=TODAY).text == holder.identity_number
                Name.parse(holder.name)
        for account in city.accounts:
            assert AccountNumber.parse(account.account_number).text == account.account_number
            Name.parse(account.account_holder)
            Location.parse(account.location)

    def test_repeats_no_number(self, seed: int) -> None:
        """No two people share a document or a mobile number, no two certificates or accounts a number."""
        city, people, homes = homes_and_people(seed)
        for numbers in (
            [someone.holder.identity_number for someone in people],
            [someone.mobile_number for someone in people],
            [someone.wechat_openid for someone in people],
            [CertificateNumber.parse(home.certificate_number) for home in homes],
            [account.account_number for account in city.accounts],
            [unit for home in homes if home.status != "historical" for unit in home.unit_numbers],
            [home.location for home in homes if home.status != "historical"],
        ):
            assert len(set(numbers)) == len(numbers)

    def test_spells_in_several_house_styles(self, seed: int) -> None:
        """The registry's clerks and the meter readers each have their own spelling."""
        city, _, homes = homes_and_people(seed)
        for words in ("幢", "栋", "号楼", "云南省", "十", " "):
            assert any(words in home.location for home in homes), words
        assert any("０" <= char <= "９" for home in homes for char in home.location)
        assert not any(account.location.startswith(("昆明市", "云南省")) for account in city.accounts)


class TestSomeone:
    @pytest.mark.parametrize("kind", POPULATION)
    def test_has_all_that_a_submission_needs(self, city: City, kind: str) -> None:
        """Whoever has a home brings everything the platform's submission asks for; whoever has none says so."""
        someone = city.someone(kind)
        if kind == "no_property":
            assert city.homes_of(**someone.property_search()) == ()
            with pytest.raises(LookupError, match="no home"):
                someone.submission()
            return
        submission = someone.submission(confirmed_match=True)
        assert all(submission.values())
        assert {"service", "account_number", "certificate_number", "mobile_number", "wechat_openid"} < set(submission)
        assert someone.home in city.homes_of(**someone.property_search())
        assert city.home_of(submission["certificate_number"]) == someone.home

    def test_is_as_the_kind_says(self, city: City) -> None:
        """Each kind differs from plain in just the one thing that makes its story."""

        def home(kind: str) -> Property:
            found = city.someone(kind).home
            assert found is not None
            return found

        assert len(home("co_owner").right_holders) == 2
        assert city.someone("company").holder.document_type == "credit_code"
        assert len(home("company").unit_numbers) == 2
        assert home("mortgaged").restrictions == ("mortgage",)
        assert home("seized").restrictions == ("seizure",)
        assert home("historical").status == "historical"
        assert home("provisional").status == "provisional"
        assert not UnitNumber.parse(home("not_a_home").unit_numbers[0]).is_home
        accounts = {someone.kind: someone.account for someone in reversed(city.people) if someone.account}
        assert accounts["in_arrears"].in_arrears
        assert "*" in accounts["masked"].account_holder
        assert accounts["already_holder"].account_holder == city.someone("already_holder").holder.name
        assert accounts["plain"].account_holder in home("plain").former_right_holders
        assert city.someone("non_follower").wechat_openid in city.strangers

    def test_a_historical_certificate_has_a_successor(self, city: City) -> None:
        """A certificate becomes historical because another one took its place for the same home."""
        old = city.someone("historical").home
        assert old is not None
        heirs = [home for home in city.homes if home.unit_numbers == old.unit_numbers and home != old]
        assert [heir.status for heir in heirs] == ["current"]
        assert heirs[0].former_right_holders == (old.right_holders[0].name,)

    def test_an_unknown_kind_is_named_together_with_those_there_are(self, city: City) -> None:
        """Asking for somebody who does not live here tells who does."""
        with pytest.raises(LookupError, match=r"'king'.*plain"):
            city.someone("king")
        with pytest.raises(LookupError, match="kind 'plain'"):
            city.someone("plain", 10_000)

    def test_a_certificate_is_found_however_its_brackets_look(self, city: City) -> None:
        """Width, kind of brackets and spaces do not change a certificate number."""
        home = city.someone("plain").home
        assert home is not None
        spelled = home.certificate_number.translate(str.maketrans("（）〔〕", "()()")).replace("第", " 第 ")
        assert city.home_of(spelled) == home


def test_a_larger_city_keeps_every_rule() -> None:
    """For work under load the city grows, and no two homes become one."""
    city = City.from_seed(3, times=12)
    current = [home for home in city.homes if home.status != "historical"]
    assert len(current) == len({unit for home in current for unit in home.unit_numbers[:1]}) > 2500
    assert len({attrs.astuple(home)[0] for home in city.homes}) == len(city.homes)


@pytest.mark.parametrize(("number", "said"), [(1, "一"), (10, "十"), (18, "十八"), (20, "二十"), (24, "二十四")])
def test_chinese_numerals(number: int, said: str) -> None:
    """Buildings may be numbered 一 to 九十九, as on the certificates."""
    assert chinese(number) == said
