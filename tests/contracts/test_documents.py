"""The contract documents themselves: valid, bilingual, closed, and exactly the scheme's tables."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from cotransfer.adapters.gateway.clients import OPERATIONS
from cotransfer.adapters.wire.contract_documents import documents
from cotransfer.adapters.wire.contract_examples import Example, examples
from cotransfer.adapters.wire.contract_files import contracts_folder, read_document
from cotransfer.adapters.wire.contract_keywords import innermost, keyword, pointer_of
from cotransfer.adapters.wire.contracts import contract, schema_findings

FOLDER = contracts_folder()
CONTRACTS = ("gateway", "utility", "registry", "wechat", "sms")
SCHEMAS = sorted(file.name for file in (FOLDER / "schemas").glob("*.json"))
MESSAGES = [name for name in SCHEMAS if name != "fields.json"]
GOOD, BAD = examples("good"), examples("bad")
BILINGUAL = re.compile(r"[A-Z][^\u4e00-\u9fff]* · .*[\u4e00-\u9fff].*")
BOTH = re.compile(r"[A-Za-z].*[\u4e00-\u9fff]", re.DOTALL)

# The scheme's own words (§1), each with the members of the message that carry it.
TABLES = {
    "account.json": {"原户号用户名": ["account_holder"], "原户号坐落": ["location"], "是否欠费": ["in_arrears"]},
    "application.json": {
        "权利人名称": ["right_holder_name"],
        "证件号": ["document_type", "identity_number"],
        "手机号码": ["mobile_number"],
        "不动产权证号": ["certificate_number"],
        "房地坐落": ["location"],
        "不动产单元号": ["unit_numbers"],
        "登记簿状态": ["registry_status"],
    },
    "certificate-status.json": {
        "不动产权证号": ["certificate_number"],
        "房地坐落": ["location"],
        "登记簿状态": ["registry_status"],
    },
    "pre-review-result.json": {
        "预审结果": ["result"],
        "预审不通过原因": ["reason"],
        "电子合同签章地址": ["signing_address"],
    },
    "signing-outcome.json": {"签章状态": ["outcome"], "签章渠道": ["channel"]},
    "certificate-granted.json": {
        "不动产权证号": ["certificate_number"],
        "房地坐落": ["location"],
        "登记簿状态": ["registry_status"],
    },
    "identity-granted.json": {"权利人名称": ["right_holder_name"], "证件号": ["document_type", "identity_number"]},
    "handling-result.json": {"办理结果": ["result"], "办理不通过原因": ["reason"]},
}


def schema(name: str) -> Any:
    """What the file says."""
    return read_document(FOLDER / "schemas" / name)


def parts(node: object, pointer: str = "") -> Iterator[tuple[str, dict]]:
    """Every object in a document, with its pointer; examples are data and not looked into."""
    if isinstance(node, dict):
        yield pointer, node
        for key, member in node.items():
            if key not in ("examples", "enum", "const"):
                yield from parts(member, f"{pointer}/{key}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from parts(item, f"{pointer}/{index}")


def declared(name: str) -> Iterator[tuple[str, dict]]:
    """Every property and definition of a schema; those that only narrow another one (under if, then, else) aside."""
    for pointer, node in parts(schema(name)):
        if re.search(r"/(if|then|else|allOf|anyOf)\b", pointer):
            continue
        for group in ("properties", "$defs"):
            if isinstance(node.get(group), dict) and not pointer.endswith("/properties"):
                yield from ((f"{pointer}/{group}/{key}", member) for key, member in node[group].items())


def described(node: dict) -> str:
    """Its own description, or that of the field it refers to."""
    if "description" in node or "$ref" not in node:
        return str(node.get("description", ""))
    file, _, pointer = node["$ref"].partition("#")
    target = schema(file)
    for step in pointer.split("/")[1:]:
        target = target[step]
    return str(target["description"])


class TestOpenApi:
    @pytest.mark.parametrize("name", CONTRACTS)
    def test_is_valid(self, name):
        """Each contract is a valid OpenAPI 3.1 document, its references included."""
        file = FOLDER / f"{name}.openapi.yaml"
        OpenAPIV31SpecValidator(documents().open(file.name).value, base_uri=file.as_uri()).validate()

    @pytest.mark.parametrize("name", CONTRACTS)
    def test_every_operation_says_all(self, name):
        """An operation has a name, words in both languages, an answer for success, and its problem codes."""
        for operation in contract(name).operations:
            node = operation.node.value
            assert BILINGUAL.fullmatch(node["summary"]), operation.title
            assert BOTH.search(node["description"]), operation.title
            assert any(status.startswith("2") for status in node["responses"])
            assert set(node["x-problem-codes"]) <= {status for status in node["responses"] if status >= "400"}

    def test_names_of_operations_are_unique(self):
        """An operation is named once over all contracts, so that a finding names one thing."""
        names = [operation.identifier for name in CONTRACTS for operation in contract(name).operations]
        assert len(names) == len(set(names))

    def test_problem_codes_of_the_gateway_are_complete(self):
        """The gateway lists the codes of every problem it may answer, and `problem.json` knows each of them."""
        codes = set()
        for operation in contract("gateway").operations:
            node = operation.node.value
            problems = {status for status in node["responses"] if status >= "400"}
            assert problems == set(node["x-problem-codes"]), operation.title
            codes |= {code for listed in node["x-problem-codes"].values() for code in listed}
        # Answers of no operation here: wrong addresses, wrong methods, forms of our own pages, `cotransfer erase`.
        unlisted = {"not_found", "method_not_allowed", "cross_site", "not_closed"}
        unlisted |= {"citizen_unheard"}  # The operator's: `cotransfer reversals`.
        assert set(schema("problem.json")["properties"]["code"]["enum"]) == codes | unlisted

    def test_gateway_posts_carry_an_idempotency_key(self):
        """Every POST to the gateway needs an Idempotency-Key; no GET has one. But not those whose answer is a
        secret that must not be stored: tokens (RFC 6749) and citizens' sessions.
        """
        for operation in contract("gateway").operations:
            if operation.template.startswith("/oauth/") or operation.identifier == "openCitizenSession":
                continue
            required = {p.child("name").value for p in operation.parameters if p.value["required"]}
            assert ("Idempotency-Key" in required) is (operation.method == "POST"), operation.title

    @pytest.mark.parametrize("name", ["gateway", "utility", "registry", "sms"])
    def test_everything_is_guarded(self, name):
        """Nobody in: only the health checks, public keys and metadata go without a token, and whoever fetches one."""
        open_ones = {o.identifier for o in contract(name).operations if not o.guarded}
        health, documents = {"showHealth", "showReadiness"}, {"showKeys", "showServerMetadata"}
        tokens = {"fetchToken", "introspectToken", "revokeToken"}
        assert open_ones == (health | documents | tokens if name == "gateway" else set())

    def test_every_operation_wants_its_own_scope(self):
        """What a token is good for is said operation by operation, by its name and no other."""
        for operation in contract("gateway").operations:
            by_cookie = operation.node.value.get("security") == [{"browser": []}]  # A browser has no token.
            if operation.guarded and not by_cookie:
                assert operation.node.value["security"] == [{"accessToken": [operation.identifier]}], operation.title
        scheme = (
            documents().open("gateway.openapi.yaml").child("components").child("securitySchemes").value["accessToken"]
        )
        offered = set(scheme["flows"]["clientCredentials"]["scopes"])
        assert offered == {operation.value for role in OPERATIONS.values() for operation in role}

    @pytest.mark.parametrize("name", ["gateway", "utility", "registry", "sms"])
    def test_addresses_carry_nothing_personal(self, name):
        """Addresses hold nouns, a transfer's identifier and a system's name, headers no personal value: a search is a
        POST.
        """
        for operation in contract(name).operations:
            assert set(re.findall(r"{(\w+)}", operation.template)) <= {"transfer", "receiver"}
            places = {(p.value["in"], p.value["name"]) for p in operation.parameters}
            assert places <= {
                ("path", "transfer"),
                ("path", "receiver"),  # A connected system's name.
                *(
                    ("header", header)
                    for header in (
                        "Idempotency-Key",
                        "X-Correlation-Id",
                        "Accept-Language",
                        "Citizen-Session",
                        "Audit-Checkpoint",
                    )
                ),
            }

    def test_every_answer_of_the_gateway_may_bear_a_checkpoint(self):
        """Good or bad, whoever gets an answer is a witness of the audit trail, and is told what the header is."""
        gateway = documents().open("gateway.openapi.yaml")
        (said,) = [gateway.child("components").child("headers").child("AuditCheckpoint").value]
        assert BOTH.search(said["description"])
        assert said["required"] is False
        for operation in contract("gateway").operations:
            for status, response in operation.node.child("responses").children():
                headers = dict(response.child("headers").children())
                assert headers["Audit-Checkpoint"].value == said, f"{operation.title} {status}"

    @pytest.mark.parametrize("name", ["utility", "registry", "sms"])
    def test_every_call_of_ours_may_bear_a_checkpoint(self, name):
        """Counterparties are witnesses of the audit trail, and are told what the header is."""
        for operation in contract(name).operations:
            (said,) = [p.value for p in operation.parameters if p.value["name"] == "Audit-Checkpoint"]
            assert (said["in"], said["required"]) == ("header", False), operation.title
            assert BOTH.search(said["description"])

    def test_every_guarded_operation_may_be_asked_too_often(self):
        """A client has so much room: any operation that it shows a token for may answer that it is full."""
        for operation in contract("gateway").operations:
            if {"accessToken": [operation.identifier]} in operation.node.value.get("security", []):
                assert "too_many_requests" in operation.node.value["x-problem-codes"]["429"], operation.title

    def test_every_schema_is_used(self):
        """A schema that no contract leads to is a leftover."""
        texts = [file.read_text("utf-8") for file in [*FOLDER.glob("*.yaml"), *(FOLDER / "schemas").glob("*.json")]]
        assert [name for name in SCHEMAS if not any(f"{name}" in text for text in texts)] == []


class TestSchemas:
    @pytest.mark.parametrize("name", SCHEMAS)
    def test_keeps_to_the_metaschema(self, name):
        """Each schema is a valid JSON Schema 2020-12 document and says so."""
        assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        Draft202012Validator.check_schema(schema(name))

    @pytest.mark.parametrize("name", SCHEMAS)
    def test_speaks_both_languages(self, name):
        """Each schema, property and definition has title and description in English and Chinese."""
        for pointer, node in [("", schema(name)), *declared(name)]:
            assert BILINGUAL.fullmatch(node.get("title", "")), f"{name}{pointer} title"
            assert BOTH.search(described(node)), f"{name}{pointer} description"

    @pytest.mark.parametrize("name", SCHEMAS)
    def test_is_closed_and_bounded(self, name):
        """No object takes unknown fields, no text, list or number is unbounded, and no enum is open."""
        for pointer, node in parts(schema(name)):
            if re.search(r"/(if|then|else|allOf)\b", pointer):
                continue
            kinds = node.get("type", []) if isinstance(node.get("type", []), list) else [node["type"]]
            if "object" in kinds:
                assert node["additionalProperties"] is False, f"{name}{pointer}"
            if "string" in kinds:
                assert {"minLength", "maxLength"} <= set(node), f"{name}{pointer}"
            if "array" in kinds:
                assert "maxItems" in node, f"{name}{pointer}"
            if "integer" in kinds:
                assert {"minimum", "maximum"} <= set(node), f"{name}{pointer}"

    @pytest.mark.parametrize("name", SCHEMAS)
    def test_own_examples_pass(self, name):
        """The examples written into a schema and its fields keep to it."""
        for pointer, node in parts(schema(name)):
            for example in node.get("examples", []) if isinstance(node.get("examples"), list) else []:
                assert schema_findings(f"schemas/{name}#{pointer}", example) == [], f"{name}{pointer}"

    @pytest.mark.parametrize("name", ["TokenRequest", "Token", "Error", "TemplateMessage", "SendAnswer"])
    def test_wechat_examples_pass(self, name):
        """The examples beside Tencent's messages keep to what is written there."""
        address = f"/components/schemas/{name}"
        for example in (
            documents().open("wechat.openapi.yaml").child("components").child("schemas").child(name).value["examples"]
        ):
            assert schema_findings(f"wechat.openapi.yaml#{address}", example) == []

    def test_wechat_field_limits_are_held(self):
        """A thing has at most 20 characters, a phrase at most five, all of them Han."""
        address = "wechat.openapi.yaml#/components/schemas/TemplateMessage"
        for key, value in [
            ("thing1", "字" * 21),
            ("phrase2", "待签章OK"),
            ("phrase2", "六个汉字太多"),
            ("first", "hello"),
        ]:
            message = {"touser": "o1", "template_id": "t1", "data": {key: {"value": value}}}
            assert schema_findings(address, message), key


class TestScheme:
    @pytest.mark.parametrize("name", TABLES)
    def test_table_has_exactly_the_schemes_fields(self, name):
        """§1: every field of every table, under its Chinese name, and not one more."""
        properties = schema(name)["properties"]
        assert list(properties) == [member for members in TABLES[name].values() for member in members]
        for chinese, members in TABLES[name].items():
            assert properties[members[-1]]["title"].endswith(f" · {chinese}"), chinese

    @pytest.mark.parametrize("name", ["account.json", "application.json", "certificate-status.json"])
    def test_no_field_of_a_table_is_optional(self, name):
        """Data that the scheme names are given in full; only results have alternatives."""
        assert schema(name)["required"] == list(schema(name)["properties"])

    @pytest.mark.parametrize("name", [name for name in SCHEMAS if name.endswith("-granted.json")])
    def test_what_a_grant_gives_is_never_nothing(self, name):
        """An answer by grant holds one field of its table at least: with none granted there is no answer."""
        assert "required" not in schema(name)
        assert schema(name)["minProperties"] == 1


class TestExamples:
    @pytest.mark.parametrize("name", MESSAGES)
    def test_are_enough(self, name):
        """Each message has two good examples or more, and three bad ones or more."""
        assert sum(example.schema == name for example in GOOD) >= 2
        assert sum(example.schema == name for example in BAD) >= 3

    def test_belong_to_a_schema(self):
        """No example is left behind by a schema that is gone."""
        assert {example.schema for example in GOOD} == {example.schema for example in BAD} == set(MESSAGES)

    @pytest.mark.parametrize("example", GOOD, ids=lambda e: f"{Path(e.file).stem}: {e.shows}")
    def test_good_ones_pass(self, example: Example):
        """A good example keeps to its schema."""
        assert schema_findings(f"schemas/{example.schema}", example.instance) == []

    @pytest.mark.parametrize("example", BAD, ids=lambda e: f"{Path(e.file).stem}: {e.shows}")
    def test_bad_ones_fail_for_their_reason(self, example: Example):
        """A bad example breaks the rule it names, at the place it names, and is described in both languages."""
        assert BOTH.search(example.shows)
        address, value = (FOLDER / "schemas" / example.schema).resolve().as_uri(), cast("Any", example.instance)
        errors = [innermost(error) for error in documents().validator(address).iter_errors(value)]
        assert (example.breaks, example.at) in [(keyword(error), pointer_of(error)) for error in errors]
