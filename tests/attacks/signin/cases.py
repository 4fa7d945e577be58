"""Hostile cases of signing in, as data: what a token, a provider or an address is spoiled with. None may go through."""

from typing import Any

from tests.attacks.signin.provider import EVIL, KEYS, half_hash

NOW = 1772442000
"""When the stage's clock begins."""

TOKENS: dict[str, dict[str, Any]] = {
    # Whose key, which algorithm
    "signed_by_a_stranger_under_our_providers_kid": {"signer": "stranger"},
    "unsigned": {"header": {"alg": "none"}},
    "no_algorithm": {"header": {"alg": None}},
    "algorithm_is_no_text": {"token": "eyJhbGciOjV9.e30.AA"},
    "hmac_with_the_public_key_as_secret": {"header": {"alg": "HS256"}},
    "rs256_without_being_allowed": {"signer": "PS256", "header": {"alg": "RS256"}},
    "es256_kid_of_another_kind_of_key": {"header": {"kid": "rs"}},
    "kid_of_an_encryption_key": {"signer": "encryption"},
    "rsa_of_1024_bits": {"signer": "short", "header": {"alg": "PS256", "kid": "short"}},
    "unknown_kid": {"header": {"kid": "nobody"}},
    "kid_is_no_text": {"header": {"kid": ["es"]}},
    "kid_leads_to_a_file": {"header": {"kid": "../../../dev/null"}},
    "brings_its_own_key": {"signer": "stranger", "header": {"jwk": dict(KEYS["stranger"].as_dict(private=False))}},
    "names_a_key_elsewhere": {"signer": "stranger", "header": {"jku": f"{EVIL}/jwks"}},
    "names_a_certificate_elsewhere": {"signer": "stranger", "header": {"x5u": f"{EVIL}/x5u"}},
    "brings_a_certificate": {"header": {"x5c": ["MIIB"]}},
    "critical_extension": {"header": {"crit": ["exp"], "exp": 1}},
    "unencoded_payload": {"header": {"b64": False, "crit": ["b64"]}},
    "compressed": {"header": {"zip": "DEF"}},
    "an_access_token": {"header": {"typ": "at+jwt"}},
    "a_logout_token": {"header": {"typ": "logout+jwt"}},
    # Its form
    "not_a_text": {"token": 5},
    "empty": {"token": ""},
    "two_parts": {"token": "eyJhbGciOiJFUzI1NiJ9.e30"},
    "five_parts": {"token": "a.b.c.d.e"},
    "padding": {"token": "eyJhbGciOiJFUzI1NiJ9==.e30=.AA=="},
    "far_too_long": {"token": "a" * 20_000 + ".b.c"},
    "header_is_a_list": {"token": "WyJFUzI1NiJd.e30.AA"},
    "header_says_a_thing_twice": {"token": "eyJhbGciOiJub25lIiwiYWxnIjoiRVMyNTYifQ.e30.AA"},
    "not_base64": {"token": "e.e.e"},
    # For whom, from whom
    "another_issuer": {"claims": {"iss": EVIL}},
    "issuer_with_a_slash": {"claims": {"iss": "https://id.example/"}},
    "no_issuer": {"claims": {"iss": None}},
    "another_audience": {"claims": {"aud": "another-client"}},
    "the_platforms_audience": {"claims": {"aud": "city-platform"}},
    "our_audience_and_a_strangers": {"claims": {"aud": ["cotransfer", "stranger"], "azp": "cotransfer"}},
    "no_audience": {"claims": {"aud": None}},
    "empty_audience": {"claims": {"aud": []}},
    "audience_within_a_text": {"claims": {"aud": "xcotransferx"}},
    "audience_is_an_object": {"claims": {"aud": {"cotransfer": True}}},
    "another_authorised_party": {"claims": {"azp": "another-client"}},
    "authorised_party_is_a_list": {"claims": {"azp": ["cotransfer"]}},
    # When
    "expired": {"claims": {"exp": NOW - 61}},
    "no_expiry": {"claims": {"exp": None}},
    "expiry_is_a_text": {"claims": {"exp": "9999999999"}},
    "expiry_is_true": {"claims": {"exp": True}},
    "expiry_beyond_all_time": {"claims": {"exp": 10**30}},
    "too_old": {"claims": {"iat": NOW - 301}},
    "from_the_future": {"claims": {"iat": NOW + 61, "exp": NOW + 400}},
    "no_issue_time": {"claims": {"iat": None}},
    "ended_before_it_began": {"claims": {"exp": NOW - 20, "iat": NOW - 10}},
    "not_yet": {"claims": {"nbf": NOW + 61}},
    # For which sign-in
    "no_nonce": {"claims": {"nonce": None}},
    "another_nonce": {"claims": {"nonce": "n" * 43}},
    "nonce_is_a_list": {"claims": {"nonce": ["n"]}},
    "another_access_token": {"claims": {"at_hash": half_hash("stolen")}},
    "at_hash_is_no_text": {"claims": {"at_hash": 5}},
    # About whom
    "nobody": {"claims": {"sub": None}},
    "subject_is_empty": {"claims": {"sub": ""}},
    "subject_with_a_blank": {"claims": {"sub": "0001 0002"}},
    "subject_is_a_number": {"claims": {"sub": 1}},
    "no_name": {"claims": {"name": None}},
    "name_with_controls": {"claims": {"name": "李\u202e小满"}},
    "no_identity_number": {"claims": {"identity_number": None}},
    "identity_number_with_a_wrong_check": {"claims": {"identity_number": "530102199003071239"}},
    "unknown_kind_of_document": {"claims": {"document_type": "library_card"}},
    "kind_of_document_is_a_list": {"claims": {"document_type": ["identity_card"]}},
}

OPERATOR_TOKENS: dict[str, dict[str, Any]] = {
    "no_roles": {"roles": None},
    "no_role_of_ours": {"roles": ["janitor", "ADMINISTER", "administer "]},
    "roles_are_a_number": {"roles": 3},
    "roles_are_objects": {"roles": [{"administer": True}]},
    "far_too_many_roles": {"roles": ["administer"] * 1000},
}

DOCUMENTS: dict[str, dict[str, Any]] = {
    "speaks_for_another_issuer": {"issuer": EVIL},
    "token_endpoint_without_tls": {"token_endpoint": "http://id.example/token"},
    "token_endpoint_on_this_machine": {"token_endpoint": "http://127.0.0.1/token"},
    "keys_without_tls": {"jwks_uri": "http://id.example/jwks"},
    "keys_in_a_file": {"jwks_uri": "file:///etc/passwd"},
    "authorization_is_a_script": {"authorization_endpoint": "javascript:alert(1)"},
    "authorization_with_a_user": {"authorization_endpoint": "https://id.example@evil.example/"},
    "authorization_with_a_line_break": {"authorization_endpoint": "https://id.example/\r\nSet-Cookie: a=b"},
    "authorization_with_a_backslash": {"authorization_endpoint": "https://evil.example\\.id.example/"},
    "port_out_of_range": {"token_endpoint": "https://id.example:99999/token"},
    "no_token_endpoint": {"token_endpoint": None},
    "endpoint_is_a_list": {"token_endpoint": ["https://id.example/token"]},
    "only_plain_pkce": {"code_challenge_methods_supported": ["plain"]},
    "pkce_methods_are_no_list": {"code_challenge_methods_supported": "S256"},
}

NEXT = (
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "/\\evil.example",
    "\\\\evil.example",
    "/%2Fevil.example",
    "/%5Cevil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/a/../../b",
    "/a//b",
    "evil.example",
    "",
    "?x=//evil.example/<",
    "/a?b#c",
    "/a b",
    "/\tevil.example",
    "/a\r\nSet-Cookie: x=y",
    "/@evil.example",
    "/a;b",
    "/中文",
    "/signin?as=citizen",
    "/signin/callback?code=x",
    "/signout",
    "/" + "a" * 300,
)

QUERIES = (
    "as=administrator",
    "as=",
    "as=citizen&as=operator",
    "as=citizen&next=/a&next=//evil.example",
    "as=%00",
)

BACK: dict[str, dict[str, str]] = {
    "no_code": {"code": ""},
    "code_with_a_line_break": {"code": "a\r\nb"},
    "code_beyond_ascii": {"code": "码"},
    "code_far_too_long": {"code": "a" * 3000},
    "no_state": {"state": ""},
    "another_state": {"state": "s" * 43},
    "state_beyond_ascii": {"state": "态" * 43},
    "state_with_more": {"state": "{state}x"},
    "provider_says_no": {"error": "access_denied"},
    "answer_of_another_issuer": {"iss": EVIL},
    "answer_of_an_empty_issuer": {"iss": ""},
}

PASSED_ON: dict[str, dict[str, Any]] = {
    "for_ourselves": {"aud": "cotransfer"},
    "for_a_stranger": {"aud": "stranger"},
    "for_us_and_the_platform": {"aud": ["cotransfer", "city-platform"], "azp": "city-platform"},
    "too_old": {"iat": NOW - 301},
    "of_another_issuer": {"iss": EVIL},
    "of_an_organisation_without_a_number": {"identity_number": ""},
    "authorised_party_is_a_stranger": {"azp": "stranger"},
}

BODIES = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b'{"id_token": null}',
    b'{"id_token": ""}',
    b'{"id_token": ["a.b.c"]}',
    b'{"id_token": "a.b.c", "id_token": "a.b.c"}',
    b'{"id_token": "a.b.c", "identity_number": "530102199003071238"}',
    b'{"id_token": "\\ud800"}',
    b'{"id_token": "' + b"a" * 20_000 + b'"}',
    b"\xff\xfe",
)
