"""An invented city, drawn from a seed: its homes, their holders, and the water accounts that go with them.

The same seed always gives the same city. Never changes after it is built:
what the water company alters, it alters in its own book.
"""

from collections.abc import Callable, Iterator
from random import Random

import attrs

from cotransfer.sandbox.people import Holder, Registrar
from cotransfer.sandbox.places import Place, places, registry_spelling, vague_spelling, water_spelling
from cotransfer.sandbox.records import Property, Someone, WaterAccount, as_filed

# How many of each kind live here. The kinds are what a story asks for with `city.someone(kind)`.
POPULATION = {
    "plain": 96,
    "in_arrears": 12,
    "masked": 14,
    "co_owner": 14,
    "company": 10,
    "residence_permit": 4,
    "passport": 4,
    "mortgaged": 14,
    "seized": 8,
    "legacy": 10,
    "historical": 10,
    "provisional": 4,
    "mismatch": 6,
    "possible": 8,
    "already_holder": 4,
    "not_a_home": 3,
    "non_follower": 4,
    "no_property": 6,
}


class City:
    """The books of the registry and of the water company on the morning before the first transfer."""

    def __init__(self, people: tuple[Someone, ...], superseding: tuple[Property, ...]) -> None:
        self.people = people
        self.homes = tuple(someone.home for someone in people if someone.home) + superseding
        self.accounts = tuple(someone.account for someone in people if someone.account)
        self._by_certificate = {as_filed(home.certificate_number): home for home in self.homes}
        self._by_kind: dict[str, list[Someone]] = {}
        for someone in people:
            self._by_kind.setdefault(someone.kind, []).append(someone)
        self._by_identity: dict[tuple[str, str], list[Property]] = {}
        for home in self.homes:
            for holder in home.right_holders:
                self._by_identity.setdefault((holder.document_type, holder.identity_number), []).append(home)

    @classmethod
    def from_seed(cls, seed: int = 2021, *, times: int = 1) -> "City":
        """`times` as many people of each kind, for work under load."""
        builder = _Builder(Random(seed))
        people = tuple(builder.someone(kind) for kind, count in POPULATION.items() for _ in range(count * times))
        return cls(people, tuple(builder.superseding))

    def someone(self, kind: str = "plain", nth: int = 0) -> Someone:
        """The nth person of a kind. Raises LookupError naming the kinds there are."""
        found = self._by_kind.get(kind, [])
        if nth >= len(found):
            raise LookupError(f"{len(found)} of the kind {kind!r} live here; the kinds are {', '.join(self._by_kind)}")
        return found[nth]

    @property
    def kinds(self) -> dict[str, int]:
        """How many of each kind live here."""
        return {kind: len(found) for kind, found in self._by_kind.items()}

    def everyone(self, kind: str) -> tuple[Someone, ...]:
        return tuple(self._by_kind.get(kind, ()))

    def homes_of(self, document_type: str, identity_number: str) -> tuple[Property, ...]:
        return tuple(self._by_identity.get((document_type, identity_number), ()))

    def home_of(self, certificate_number: str) -> Property | None:
        return self._by_certificate.get(as_filed(certificate_number))

    @property
    def followers(self) -> frozenset[str]:
        """Who follows the city's official account in WeChat."""
        return frozenset(someone.wechat_openid for someone in self.people) - self.strangers

    @property
    def strangers(self) -> frozenset[str]:
        """Who uses WeChat, but does not follow the account."""
        return frozenset(someone.wechat_openid for someone in self.everyone("non_follower"))


class _Builder:
    """Draws one person after the other, each with home and account as their kind wants them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._registrar = Registrar(random)
        self._places = places(random)
        self._serials: Iterator[int] = iter(range(10_117, 10_000_000, 37))
        self.superseding: list[Property] = []

    def someone(self, kind: str) -> Someone:
        draw: dict[str, Callable[[], Holder]] = {
            "company": self._registrar.company,
            "residence_permit": self._registrar.hmt_resident,
            "passport": self._registrar.foreigner,
        }
        holder = draw.get(kind, self._registrar.person)()
        person = Someone(
            kind=kind,
            holder=holder,
            mobile_number=self._registrar.mobile_number(),
            wechat_openid=self._registrar.wechat_openid(),
        )
        if kind == "no_property":
            return person
        place, former = next(self._places), self._registrar.name()
        home = self._home(kind, place, holder, former)
        return attrs.evolve(person, home=home, account=self._account(kind, place, holder, former))

    def _home(self, kind: str, place: Place, holder: Holder, former: str) -> Property:
        home = Property(
            certificate_number=self._certificate_number(place),
            unit_numbers=(place.unit_number(),),
            location=registry_spelling(place, self._random.randrange(6)),
            right_holders=(holder,),
            former_right_holders=(former,),
        )
        match kind:
            case "co_owner":
                return attrs.evolve(home, right_holders=(holder, self._registrar.person()))
            case "mortgaged":
                return attrs.evolve(home, restrictions=("mortgage",))
            case "seized":
                return attrs.evolve(home, restrictions=("seizure",))
            case "provisional":
                return attrs.evolve(home, status="provisional")
            case "legacy":
                number = f"昆明市房权证{place.district[:2]}字第{200_900_000 + next(self._serials)}号"
                return attrs.evolve(home, certificate_number=number)
            case "not_a_home":
                return attrs.evolve(home, unit_numbers=(place.unit_number(letter="Q"),))
            case "historical":
                self.superseding.append(self._next_certificate(home, place))
                return attrs.evolve(home, status="historical")
            case "company":
                shop, store = place.unit_number(), place.unit_number(serial=9001)
                return attrs.evolve(home, unit_numbers=(shop, store))
            case _:
                return home

    def _next_certificate(self, home: Property, place: Place) -> Property:
        """The home was sold on: the certificate that took the place of a historical one."""
        return attrs.evolve(
            home,
            certificate_number=self._certificate_number(place),
            right_holders=(self._registrar.person(),),
            former_right_holders=(home.right_holders[0].name,),
        )

    def _account(self, kind: str, place: Place, holder: Holder, former: str) -> WaterAccount:
        account = WaterAccount(
            account_number=f"{place.county[-2:]}{next(self._serials):08d}",
            account_holder=former,
            location=water_spelling(place, self._random.randrange(5)),
        )
        match kind:
            case "in_arrears":
                return attrs.evolve(account, in_arrears=True)
            case "masked":
                return attrs.evolve(account, account_holder=former[0] + "*" * (len(former) - 1))
            case "already_holder":
                return attrs.evolve(account, account_holder=holder.name)
            case "mismatch":
                elsewhere = water_spelling(next(self._places), 0)
                return attrs.evolve(account, location=elsewhere, account_holder=self._registrar.name())
            case "possible":
                return attrs.evolve(account, location=vague_spelling(place))
            case _:
                return account

    def _certificate_number(self, place: Place) -> str:
        year, serial = self._random.randint(2016, 2026), f"{next(self._serials):07d}"
        office = self._random.choice(("昆明市", place.district))
        brackets = self._random.choice(("（{}）", "({})", "〔{}〕"))
        return f"云{brackets.format(year)}{office}不动产权第{serial}号"
