"""A home and an application hold their values side by side, compare by them, and show none of them."""

import attrs

from cotransfer.domain.values import (
    Application,
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    Location,
    MobileNumber,
    Name,
    RegistryState,
    RegistryStatus,
    RightHolder,
    UnitNumber,
)

from .support import TODAY

CLEAR = ("张三", "李四", "11010519491231002X", "13900001234", "0123456", "翠湖路", "530102001002GB00003F00040005")


def a_home() -> Home:
    """An invented home, made anew at each call."""
    identity = IdentityNumber.parse(DocumentType.IDENTITY_CARD, "11010519491231002X", on=TODAY)
    return Home(
        certificate_number=CertificateNumber.parse("云(2021)五华区不动产权第0123456号"),
        unit_numbers=(UnitNumber.parse_home("530102001002GB00003F00040005"),),
        location=Location.parse("五华区翠湖路1号"),
        state=RegistryState(RegistryStatus.CURRENT),
        right_holders=(RightHolder(Name.parse("张三"), identity),),
        former_right_holders=(Name.parse("李四"),),
    )


def an_application() -> Application:
    """What is handed in about it."""
    home = a_home()
    return Application(
        right_holder_name=home.right_holders[0].name,
        identity_number=home.right_holders[0].identity,
        mobile_number=MobileNumber.parse("13900001234"),
        certificate_number=home.certificate_number,
        location=home.location,
        unit_numbers=home.unit_numbers,
        registry_state=home.state,
    )


def test_equal_homes_are_equal_and_hash_alike():
    """States are compared and hashed by the values in them."""
    assert len({a_home(), a_home()}) == 1
    assert len({an_application(), an_application()}) == 1


def test_neither_shows_what_is_personal():
    """Whatever holds personal values prints only stars for them."""
    shown = f"{a_home()!r} {an_application()!r}"
    assert not [clear for clear in CLEAR if clear in shown]


def test_an_application_has_exactly_the_schemes_seven_fields():
    """Minimal scope: the table of step 5, nothing else."""
    assert [field.name for field in attrs.fields(Application)] == [
        "right_holder_name",
        "identity_number",
        "mobile_number",
        "certificate_number",
        "location",
        "unit_numbers",
        "registry_state",
    ]
