"""Transfers, utilities and services have names that tell nothing about anybody, with one spelling each."""

import uuid

import pytest

from cotransfer.domain.values import Service, TransferId, UtilityId

from .support import fault_of

SEVEN = "019aaf3e-6b00-7c21-9d5e-0123456789ab"
NO_TRANSFERS = [
    SEVEN.replace("-7c", "-4c"),
    SEVEN.replace("-9d", "-cd"),
    SEVEN.replace("-", ""),
    "{" + SEVEN + "}",
    "urn:uuid:" + SEVEN,
    SEVEN[:-1],
    SEVEN + "0",
    SEVEN.replace("a", "g"),
    str(uuid.UUID(int=0)),
    "../" + SEVEN,
    "transfer-1",
]
NO_UTILITIES = [
    "Kunming",
    "k",
    "1water",
    "-water",
    "kunming_water",
    "kunming.water",
    "昆明",
    "a" * 42,
    "a/b",
    "../etc",
    "a b",
]


class TestTransferId:
    @pytest.mark.parametrize("text", [SEVEN, SEVEN.upper(), f" {SEVEN}\n"])
    def test_the_canonical_form_is_small_with_hyphens(self, text):
        """RFC 9562: identifiers are compared as texts, so there must be one spelling."""
        assert TransferId.parse(text) == TransferId(SEVEN)

    @pytest.mark.parametrize("text", NO_TRANSFERS)
    def test_other_identifiers_are_refused(self, text):
        """Only version 7, only the canonical grouping."""
        fault = fault_of(lambda: TransferId.parse(text))
        assert (fault.field, fault.code) == ("transfer", "not_a_uuid7")

    def test_it_prints_itself(self):
        """It is in logs and addresses on purpose, and tells nothing about anybody."""
        assert f"{TransferId(SEVEN)}" == SEVEN


class TestUtilityId:
    @pytest.mark.parametrize("text", ["kunming-water", "km", "a1", "a" * 41])
    def test_a_slug_is_accepted(self, text):
        """Small letters, digits and hyphens, a letter first."""
        assert str(UtilityId.parse(text)) == text

    @pytest.mark.parametrize("text", NO_UTILITIES)
    def test_everything_else_is_refused(self, text):
        """A utility's name is a folder's name and a key of settings too."""
        fault = fault_of(lambda: UtilityId.parse(text))
        assert (fault.field, fault.code) == ("utility", "not_a_slug")


class TestService:
    def test_there_are_four(self):
        """Water first; the others come the same way."""
        assert {service.value: service.zh for service in Service} == {
            "water": "用水",
            "electricity": "用电",
            "gas": "用气",
            "heat": "用热",
        }

    @pytest.mark.parametrize("service", Service)
    def test_the_contracts_word_is_understood(self, service):
        """Words on the wire are the enumeration's values."""
        assert Service.parse(service.value) is service

    @pytest.mark.parametrize("text", ["Water", "水", "broadband", "WATER"])
    def test_other_words_are_refused(self, text):
        """The fault lists the words there are."""
        fault = fault_of(lambda: Service.parse(text))
        assert (fault.field, fault.code) == ("service", "unknown_word")
        assert fault.right == "Send one of: water, electricity, gas, heat."
