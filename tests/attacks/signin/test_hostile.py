"""Every hostile case is refused with a problem, never a 5xx of ours, and nobody is signed in by it."""

import asyncio
import contextlib
import time

import httpx
import pytest
from starlette.datastructures import Headers
from tests.attacks.signin import cases
from tests.attacks.signin.provider import EVIL
from tests.attacks.signin.stage import ORIGIN, SESSION, staged

from cotransfer.adapters.gateway.signin.addresses import endpoint, own_path
from cotransfer.adapters.gateway.signin.relying import AT_ONCE
from cotransfer.adapters.wire.contracts import schema_findings

SECRETS = ("530102199003071238", "李小满", "the-code", "subject-0001")


async def refused(stage, answer, status=401, code="sign_in_failed"):
    """A problem that says nothing more, and nobody is signed in."""
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert schema_findings("schemas/problem.json", answer.json()) == []
    assert not [secret for secret in SECRETS if secret in answer.text]
    assert SESSION not in str(answer.headers.get_list("set-cookie"))
    assert (await stage.me()).status_code == 401
    assert stage.signed_in.sessions._open == {}


@pytest.mark.parametrize("case", cases.TOKENS)
async def test_tokens(stage, case):
    """Keys, algorithms, form, parties, times, bindings, people: one thing wrong is enough."""
    assert stage.clock.now().timestamp() == cases.NOW
    for name, value in cases.TOKENS[case].items():
        setattr(stage.provider, name, value)
    await refused(stage, await stage.sign_in())


@pytest.mark.parametrize("case", cases.OPERATOR_TOKENS)
async def test_operators_without_a_role(stage, case):
    """Whoever has no role of ours does not sign in, however near the word."""
    stage.staff.claims = cases.OPERATOR_TOKENS[case]
    await refused(stage, await stage.sign_in("operator"))


@pytest.mark.parametrize("case", cases.DOCUMENTS)
async def test_what_the_provider_says_of_itself(stage, case):
    """A document that speaks for another, or leads off https, is not followed: nothing is sent there."""
    stage.provider.metadata = cases.DOCUMENTS[case]
    answer = await stage.http.get("/signin?as=citizen&next=/")
    await refused(stage, answer, 502, "unintelligible")
    assert [request.url.path for request in stage.provider.asked] == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize("path", cases.NEXT)
async def test_open_redirects(stage, path):
    """Only plain paths of our own: everything else is refused before anything begins."""
    assert not own_path(path)
    answer = await stage.http.get("/signin", params={"as": "citizen", "next": path})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "next")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/transfers", "/transfers/019aaf3e-6b00-7c21", "/a/b/?x=1&y=%E4%B8%AD", "/~a_b"])
def test_paths_of_our_own(path):
    """Are led to."""
    assert own_path(path)


@pytest.mark.parametrize("almost", ["a" * 198 + "!", "a/" * 98 + "a!", "a." * 98 + "//", "a" * 150 + "?x=^"])
def test_a_path_that_almost_fits_takes_no_time(almost):
    """Anybody may send one: judging it must not keep the process from everybody else."""
    took = []
    for _ in range(3):  # What tries every way is slow each time; a collection of garbage falls into one of them.
        began = time.process_time()
        assert not own_path(f"/{almost}")
        took.append(time.process_time() - began)
    assert min(took) < 0.05


@pytest.mark.parametrize("query", cases.QUERIES)
async def test_odd_beginnings(stage, query):
    """Unknown kinds, and names said twice."""
    answer = await stage.http.get(f"/signin?{query}")
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("tag", ["(a)", "a b", 'a"b', "a[", "", "A" * 16])
async def test_cookies_that_only_begin_like_ours(stage, tag):
    """Whatever a browser calls its cookies, a sign-in begins; only our own are thrown away."""
    brought = "; ".join(f"__Host-cotransfer-signin-{tag}{nth}=x" for nth in range(6))
    answer = await stage.http.get("/signin?as=citizen&next=/", headers={"cookie": brought})
    assert answer.status_code == 303
    assert len(answer.headers.get_list("set-cookie")) == 1


@pytest.mark.parametrize("case", cases.BACK)
async def test_the_way_back(stage, case):
    """Code, state and issuer have to be those of this sign-in."""
    asked = await stage.begin()
    spoiled = {name: value.format(state=asked["state"]) for name, value in cases.BACK[case].items()}
    await refused(stage, await stage.back(**{"code": "the-code", "state": asked["state"], **spoiled}))


async def test_an_issuer_that_should_name_itself(stage):
    """RFC 9207: where the provider announces it, an answer without its name is not taken, and one with it is."""
    stage.provider.metadata = {"authorization_response_iss_parameter_supported": True}
    await refused(stage, await stage.sign_in())
    asked = await stage.begin()
    assert (await stage.back(code="c", state=asked["state"], iss=stage.provider.issuer)).status_code == 303


async def test_a_state_is_good_once(stage):
    """Also when the browser still brings the cookie, and also after a failure."""
    asked = await stage.begin()
    jar = list(stage.http.cookies.jar)
    assert (await stage.back(code="c", state=asked["state"])).status_code == 303
    redeemed = stage.provider.fetched("/token")
    async with stage.browser() as again:
        for cookie in jar:
            again.cookies.jar.set_cookie(cookie)
        answer = await stage.back(again, code="c", state=asked["state"])
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_failed")
    assert stage.provider.fetched("/token") == redeemed


async def test_login_csrf(stage):
    """Somebody else's code and state in my browser sign nobody in: I did not begin this."""
    async with stage.browser() as attacker:
        asked = await stage.begin(by=attacker)
    await refused(stage, await stage.back(code="the-code", state=asked["state"]))
    assert stage.provider.fetched("/token") == 0


async def test_code_injection(stage):
    """A stolen code in the attacker's own sign-in: the nonce is another one (and the verifier, at the provider)."""
    await stage.begin()
    stolen_nonce = stage.provider.nonce
    async with stage.browser() as attacker:
        asked = await stage.begin(by=attacker)
        stage.provider.nonce = stolen_nonce
        answer = await stage.back(attacker, code="stolen", state=asked["state"])
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_failed")


async def test_mix_up(stage):
    """A sign-in begun at the staff's provider is never finished at the citizens', nor its code sent there."""
    asked = await stage.begin("as=operator&next=/")
    await refused(stage, await stage.back(code="the-code", state=asked["state"], iss=stage.provider.issuer))
    assert stage.provider.fetched("/token") == stage.staff.fetched("/token") == 0
    stage.staff.issuer = stage.provider.issuer  # The staff's provider vouches in the name of the citizens'.
    asked = await stage.begin("as=operator&next=/")
    await refused(stage, await stage.back(code="the-code", state=asked["state"]))


async def test_session_fixation(stage):
    """A session that was there before, whoever planted it, is over after the sign-in; the new key is another."""
    await stage.sign_in()
    before = stage.http.cookies[SESSION]
    await stage.sign_in()
    assert stage.http.cookies[SESSION] != before
    assert await stage.signed_in.in_browser(Headers({"cookie": f"{SESSION}={before}"})) is None


@pytest.mark.parametrize("spoil", ["bit", "cut", "empty", "other_tab", "words"])
async def test_a_cookie_that_somebody_changed(stage, spoil):
    """What is sealed in the browser cannot be read, changed, or moved to another sign-in."""
    asked = await stage.begin()
    name = next(name for name in stage.http.cookies if "signin" in name)
    value = stage.http.cookies[name]
    assert asked["nonce"] not in value
    other = await stage.begin()
    others = next(one for one in stage.http.cookies if "signin" in one and one != name)
    spoiled = {
        "bit": ("B" if value[0] != "B" else "C") + value[1:],
        "cut": value[:30],
        "empty": "",
        "other_tab": stage.http.cookies[others],
        "words": "A" * len(value),
    }[spoil]
    assert other["state"] != asked["state"]
    async with stage.browser() as browser:
        answer = await browser.get(
            "/signin/callback",
            params={"code": "the-code", "state": asked["state"]},
            headers={"cookie": f"{name}={spoiled}"},
        )
        await refused(stage, answer)
        twice = {"cookie": f"{name}={value}; {name}={value}"}  # One of them is somebody else's.
        answer = await browser.get("/signin/callback", params={"code": "c", "state": asked["state"]}, headers=twice)
        await refused(stage, answer)


async def test_a_sign_in_that_took_too_long(stage):
    """Ten minutes; and with a key that is gone, at once."""
    asked = await stage.begin()
    await stage.clock.sleep(600)
    await refused(stage, await stage.back(code="the-code", state=asked["state"]))
    asked = await stage.begin()
    stage.keys[:] = [b"x" * 32]
    await refused(stage, await stage.back(code="the-code", state=asked["state"]))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), 401),
        (httpx.Response(401, json={"error": "invalid_client"}), 401),
        (httpx.Response(500), 503),
        (httpx.Response(302, headers={"location": EVIL}), 502),
        (httpx.Response(200, text="<html>"), 502),
        (httpx.Response(200, json=[]), 502),
        (httpx.Response(200, json={}), 401),
        (httpx.Response(200, json={"id_token": {"a": 1}, "access_token": 5}), 401),
        (httpx.Response(200, content=b"{" + b" " * 300_000, headers={"content-type": "application/json"}), 502),
        (httpx.Response(200, content=b"{}", headers={"content-encoding": "br"}), 502),
    ],
)
async def test_a_provider_that_answers_badly(stage, answer, status):
    """Its no is our no; what is not an answer is its failure, never ours, and nobody is signed in."""
    stage.provider.answer = answer
    said = await stage.sign_in()
    assert said.status_code == status
    assert (await stage.me()).status_code == 401


FORMS = {
    "no_word": ({}, {"origin": ORIGIN}),
    "wrong_word": ({"csrf": "x" * 32}, {"origin": ORIGIN}),
    "empty_word": ({"csrf": ""}, {"origin": ORIGIN}),
    "no_origin": ({"csrf": "{csrf}"}, {}),
    "another_origin": ({"csrf": "{csrf}"}, {"origin": EVIL}),
    "origin_null": ({"csrf": "{csrf}"}, {"origin": "null"}),
    "origin_without_tls": ({"csrf": "{csrf}"}, {"origin": "http://gateway.example"}),
    "origin_with_more": ({"csrf": "{csrf}"}, {"origin": f"{ORIGIN}.evil.example"}),
    "a_neighbour_site": ({"csrf": "{csrf}"}, {"origin": ORIGIN, "sec-fetch-site": "same-site"}),
    "word_beyond_ascii": ({"csrf": "字"}, {"origin": ORIGIN}),
}


@pytest.mark.parametrize("case", FORMS)
async def test_forms_from_elsewhere(stage, case):
    """A POST by cookie needs our origin and the session's word; otherwise nothing happens."""
    await stage.sign_in()
    form, headers = FORMS[case]
    word = (await stage.me()).json()["csrf"]
    data = {name: value.format(csrf=word) for name, value in form.items()}
    answer = await stage.http.post("/signout", data=data, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    assert (await stage.me()).status_code == 200


@pytest.mark.parametrize("body", [b"csrf=a&csrf=b", b"&" * 30, b"%ff%fe=%", "字".encode(), b"a" * 5000, b"a=b;c"])
async def test_odd_forms(stage, body):
    """Are refused, and nobody is signed out."""
    await stage.sign_in()
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
    assert (await stage.http.post("/signout", content=body, headers=headers)).status_code in (400, 403, 413)
    assert (await stage.http.post("/signout", json={"csrf": "x"}, headers={"origin": ORIGIN})).status_code == 415
    assert (await stage.me()).status_code == 200


async def test_a_crowd_that_begins_is_turned_away(stage):
    """Anonymous callers hold so many calls to a provider open; more are told to come back, and staff get through."""
    stage.provider.held = asyncio.Event()
    *crowd, last = [asyncio.create_task(stage.http.get("/signin?as=citizen&next=/")) for _ in range(AT_ONCE + 1)]
    late = await last
    assert (late.status_code, late.json()["code"], late.headers["retry-after"]) == (503, "unavailable", "2")
    assert (await stage.http.get("/signin?as=operator&next=/")).status_code == 303
    stage.provider.held.set()
    assert {(await one).status_code for one in crowd} == {303}
    assert (await stage.sign_in()).status_code == 303


async def test_a_crowd_that_comes_back_is_turned_away(stage):
    """Codes are redeemed so many at a time; meanwhile a platform still passes its citizens' tokens on."""
    async with contextlib.AsyncExitStack() as opened:
        browsers = [await opened.enter_async_context(stage.browser()) for _ in range(AT_ONCE + 1)]
        states = [(await stage.begin(by=one))["state"] for one in browsers]
        stage.provider.held = asyncio.Event()
        *crowd, late = [
            asyncio.create_task(stage.back(one, code="the-code", state=state))
            for one, state in zip(browsers, states, strict=True)
        ]
        assert (await late).status_code == 503
        stage.provider.audience = "city-platform"
        token = stage.provider.id_token()
        passing = asyncio.create_task(stage.http.post("/v1/citizen-sessions", json={"id_token": token}))
        stage.provider.held.set()
        assert (await passing).status_code == 201
        assert {(await one).status_code for one in crowd} == {401}  # The tokens are the platform's now, or another's.


@pytest.mark.parametrize("case", cases.PASSED_ON)
async def test_tokens_passed_on(stage, case):
    """A back end may pass on only what the provider gave the platform, about a whole person, just now."""
    stage.provider.audience = "city-platform"
    stage.provider.claims = cases.PASSED_ON[case]
    answer = await stage.http.post("/v1/citizen-sessions", json={"id_token": stage.provider.id_token()})
    await refused(stage, answer)


@pytest.mark.parametrize(("issued_to", "status"), [("city-platform", 401), ("county-platform", 201)])
async def test_what_another_platform_was_given_is_not_passed_on(stage, issued_to, status):
    """A platform passes on the tokens of its own client at the provider, whatever others the gateway knows."""
    stage.provider.audience = issued_to
    token = stage.provider.id_token()
    answer = await stage.http.post(
        "/v1/citizen-sessions", json={"id_token": token}, headers={"x-client": "county-platform"}
    )
    assert answer.status_code == status


@pytest.mark.parametrize("jti", [None, "one"])
async def test_a_token_is_passed_on_once(stage, jti):
    """Also with another spelling of its signature, and also where it has no name of its own."""
    stage.provider.audience, stage.provider.claims = "city-platform", {"jti": jti}
    once = stage.provider.id_token()
    again = stage.provider.id_token()  # Signed anew: ECDSA signatures differ, what they say does not.
    assert once != again
    answers = [await stage.http.post("/v1/citizen-sessions", json={"id_token": one}) for one in (once, again, once)]
    assert [answer.status_code for answer in answers] == [201, 401, 401]


@pytest.mark.parametrize("body", cases.BODIES)
async def test_odd_bodies(stage, body):
    """Strict JSON, one field, bounded."""
    answer = await stage.http.post("/v1/citizen-sessions", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 413, 422)
    assert schema_findings("schemas/problem.json", answer.json()) == []


async def test_no_platform_audience_means_no_tokens():
    """Where no audience is configured nothing can be passed on."""
    async with staged(audiences={}) as stage:
        answer = await stage.http.post("/v1/citizen-sessions", json={"id_token": stage.provider.id_token()})
        await refused(stage, answer)


@pytest.mark.parametrize("shown", ["A" * 43, "", "x" * 5000, "\u00e9" * 43], ids=["unknown", "empty", "long", "latin"])
async def test_sessions_that_there_are_not(stage, shown):
    """A key that nobody was given opens nothing, in a cookie or in a header."""
    cookie = Headers(raw=[(b"cookie", f"{SESSION}={shown}".encode("latin-1"))])
    header = Headers(raw=[(b"citizen-session", shown.encode("latin-1"))])
    assert await stage.signed_in.citizen(cookie) is None
    assert await stage.signed_in.citizen(header, client="city-platform") is None
    twice = Headers(raw=[(b"citizen-session", b"a"), (b"citizen-session", b"b")])
    assert await stage.signed_in.citizen(twice, client="city-platform") is None


@pytest.mark.parametrize("address", ["https://id.example", "https://id.example:8443/a?b=c", "http://127.0.0.1:8084/x"])
def test_endpoints_of_a_provider_on_this_machine(address):
    """https anywhere; plain http on loopback, where the issuer is there as well."""
    assert endpoint(address, issuer="http://127.0.0.1:8084")
    assert endpoint(address, issuer="https://id.example") is address.startswith("https")


async def test_the_log_holds_no_person(stage, capsys):
    """What is written about a refused sign-in is a code."""
    stage.provider.claims = {"identity_number": "530102199003071239", "nonce": "n"}
    await stage.sign_in()
    stage.provider.claims = {"identity_number": "530102199003071239"}
    await stage.sign_in()
    told = "".join(capsys.readouterr())
    assert "sign_in_refused" in told
    assert not [secret for secret in ("530102199003071239", "李小满", "the-code") if secret in told]
    assert "identity_number" in told
