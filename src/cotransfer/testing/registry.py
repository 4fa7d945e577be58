"""The laws of `ports.registry`, as tests: subclass `RegistryLaws` and say which registry is meant and what it knows."""

from collections.abc import Sequence

import pytest

from cotransfer.domain.values import CertificateNumber, DocumentType, Home, IdentityNumber
from cotransfer.ports.registry import CertificateRegistry

STRANGER = IdentityNumber(DocumentType.PASSPORT, "E00000000")
UNKNOWN_CERTIFICATE = CertificateNumber.parse("云(1999)五华区不动产权第9999999号")


class RegistryLaws:
    """Override both fixtures, and `stranger` when that number happens to be somebody's."""

    @pytest.fixture
    def registry(self) -> CertificateRegistry:
        """The implementation under test."""
        raise NotImplementedError("Say which registry is meant: override the fixture `registry`.")

    @pytest.fixture
    def homes(self) -> Sequence[Home]:
        """Homes exactly as it knows them, at least one of them with two right holders."""
        raise NotImplementedError("Say what the registry knows: override the fixture `homes`.")

    @pytest.fixture
    def stranger(self) -> IdentityNumber:
        """An identity without a home."""
        return STRANGER

    async def test_a_right_holder_finds_their_homes(self, registry: CertificateRegistry, homes: Sequence[Home]) -> None:
        """Step 1: every right holder, a co-owner as well, finds each home of theirs, with all that belongs to it."""
        for home in homes:
            for holder in home.right_holders:
                assert home in await registry.properties_of(holder.identity)

    async def test_nobody_finds_a_home_of_others(self, registry: CertificateRegistry, homes: Sequence[Home]) -> None:
        """Step 1: each home that is answered has a right holder of that very identity."""
        for identity in {holder.identity for home in homes for holder in home.right_holders}:
            for found in await registry.properties_of(identity):
                assert identity in {holder.identity for holder in found.right_holders}

    async def test_no_home_is_no_error(self, registry: CertificateRegistry, stranger: IdentityNumber) -> None:
        """Step 1: an identity without homes gets an empty answer, and the advice is somebody else's matter."""
        assert await registry.properties_of(stranger) == ()

    async def test_every_shown_certificate_has_a_status(
        self, registry: CertificateRegistry, homes: Sequence[Home]
    ) -> None:
        """Steps 6 and 8: what step 1 has shown can be verified, and says the same."""
        for home in homes:
            status = await registry.status_of(home.certificate_number)
            assert status is not None
            assert (status.certificate_number, status.location, status.registry_state) == (
                home.certificate_number,
                home.location,
                home.state,
            )

    async def test_an_unknown_certificate_has_none(self, registry: CertificateRegistry) -> None:
        """Steps 6 and 8: no such certificate is an answer, not an error."""
        assert await registry.status_of(UNKNOWN_CERTIFICATE) is None

    async def test_asking_changes_nothing(self, registry: CertificateRegistry, homes: Sequence[Home]) -> None:
        """The registry is read only: the same question gives the same answer."""
        identity = homes[0].right_holders[0].identity
        before = await registry.properties_of(identity)
        await registry.status_of(homes[0].certificate_number)
        assert await registry.properties_of(identity) == before
