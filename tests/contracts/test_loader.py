"""The loader holds messages against the contracts, and says plainly what is wrong with them, or with a document."""

import json
import shutil
from pathlib import Path

import pytest

from cotransfer.adapters.wire.contract_documents import Documents
from cotransfer.adapters.wire.contract_examples import examples
from cotransfer.adapters.wire.contract_files import contracts_folder
from cotransfer.adapters.wire.contracts import ContractBroken, ContractUnreadable, contract, load

TRANSFER = "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"
JSON = {"Content-Type": "application/json"}
ASKING = {"authorization": "Bearer invented", "Idempotency-Key": "k-1", **JSON}
ANSWERING = {"x-correlation-id": "c-1", **JSON}
REPORT = f"/v1/utility/transfers/{TRANSFER}/handling"
HEARD = {"transfer": TRANSFER, "state": "completed", "news": True}
SECRET = "530102199003071234"
CHECKPOINT = f"{12} {'q' * 42}8= 2026-11 {'Zm9v' * 21}Zg=="


def broken(check, *args) -> list[str]:
    """What `check` finds wrong, one sentence each."""
    with pytest.raises(ContractBroken) as caught:
        check(*args)
    return [str(finding) for finding in caught.value.findings]


def problem(status: int, code: str) -> dict[str, object]:
    """A problem that keeps to its schema."""
    return {
        "type": f"urn:cotransfer:problem:{code}",
        "title": "No",
        "status": status,
        "detail": "No.",
        "code": code,
        "party": "utility",
        "step": None,
        "correlation_id": "c-1",
        "next_action": {"code": "none", "text": "Nothing."},
    }


class TestRequests:
    def test_a_right_one_passes(self):
        """A request as the contract has it is let through, as bytes, as text and as a read value."""
        for body in (b'{"result":"done"}', '{"result":"done"}', {"result": "done"}):
            contract("gateway").check_request("post", REPORT, ASKING, body)

    def test_the_message_names_contract_operation_place_and_fault(self):
        """Whoever reads a finding knows which contract, which operation, where, and what."""
        with pytest.raises(ContractBroken) as caught:
            contract("gateway").check_request("POST", REPORT, ASKING, {"result": "not_done", "reason": "长" * 501})
        assert str(caught.value) == (
            "gateway contract, reportHandling (POST /v1/utility/transfers/{transfer}/handling):\n"
            "  request body /reason: is longer than 500 characters"
        )

    def test_all_faults_come_at_once(self):
        """Nobody has to send a message five times to hear of five faults."""
        found = broken(contract("gateway").check_request, "POST", f"{REPORT}?a=1", {}, b"{}")
        assert found == [
            "request header Idempotency-Key: is missing",
            "request query: has a parameter that the contract does not have",
            "request header Authorization: must be a bearer token",
            "request header Content-Type: must be application/json",
        ]

    def test_no_value_is_shown(self):
        """Findings are logged: a personal value in a wrong message must not come out again."""
        path, body = f"/v1/transfers/{SECRET}/signing", {"identity_number": SECRET, "service": SECRET}
        found = broken(contract("gateway").check_request, "POST", path, ASKING, body)
        found += broken(contract("gateway").check_request, "POST", "/v1/transfers", ASKING, body)
        found += broken(contract("gateway").check_request, "POST", f"/v1/{SECRET}", ASKING, body)
        assert found
        assert SECRET not in "\n".join(found)

    @pytest.mark.parametrize("text", ['{"result":"done","result":"done"}', '{"result":NaN}', "{", "", "[" * 40])
    def test_only_strict_json_is_json(self, text):
        """Duplicate keys, NaN, depth and half a message are findings, never errors of another kind."""
        assert broken(contract("gateway").check_request, "POST", REPORT, ASKING, text)

    def test_an_identifier_is_version_7(self):
        """A path's identifier is held against its schema."""
        found = broken(contract("gateway").check_request, "GET", "/v1/transfers/7", {"Authorization": "Bearer x"})
        assert [text.split(":")[0] for text in found] == ["request path transfer"] * len(found)

    def test_unknown_addresses_and_methods_are_findings(self):
        """The contract is closed: what it does not have is said so."""
        check = contract("gateway").check_request
        assert broken(check, "GET", "/v1/nothing", {}) == ["request line: the contract has no such path"]
        assert broken(check, "DELETE", "/healthz", {}) == ["request line: the contract has no such method at this path"]

    def test_a_body_where_none_belongs_is_a_finding(self):
        """A GET carries nothing."""
        assert broken(contract("gateway").check_request, "GET", "/healthz", {}, b"{}") == [
            "request body: the contract has none here"
        ]

    @pytest.mark.parametrize("checkpoint", ["", "12", "0 root me signature", CHECKPOINT + "=", f"0{CHECKPOINT}"])
    def test_a_checkpoint_is_one(self, checkpoint):
        """Our calls may bear the audit trail's checkpoint; one that nobody could verify is a breach."""
        path, number = "/v1/accounts/search", {"account_number": "0871200345"}
        check, headers = contract("utility").check_request, JSON | {"Authorization": "Bearer x"}
        check("POST", path, headers, number)
        check("POST", path, headers | {"Audit-Checkpoint": CHECKPOINT}, number)
        found = broken(check, "POST", path, headers | {"Audit-Checkpoint": checkpoint}, number)
        assert {text.split(":")[0] for text in found} == {"request header Audit-Checkpoint"}

    def test_tencents_query_is_checked(self):
        """WeChat wants its token in the address: the one query parameter there is."""
        message = {"touser": "o1", "template_id": "t1", "data": {"thing1": {"value": "用水过户"}}}
        send = "/cgi-bin/message/template/send"
        contract("wechat").check_request("POST", f"{send}?access_token=T", JSON, message)
        assert broken(contract("wechat").check_request, "POST", send, JSON, message) == [
            "request query access_token: is missing"
        ]


class TestResponses:
    def test_a_right_one_passes(self):
        """An answer as the contract has it is let through; so is a charset of UTF-8."""
        headers = ANSWERING | {"Content-Type": "application/json; charset=utf-8"}
        contract("gateway").check_response("POST", REPORT, 200, headers, json.dumps(HEARD).encode())

    def test_an_undocumented_status_is_found(self):
        """A status that the contract does not have is a breach, whatever the body."""
        found = broken(contract("gateway").check_response, "POST", REPORT, 204, {}, None)
        assert found[0].startswith("response status: the contract has no 204 here, only 200, 400")

    def test_an_extra_field_is_found(self):
        """Nothing out: a field that the contract does not have is a breach."""
        found = broken(contract("gateway").check_response, "POST", REPORT, 200, ANSWERING, HEARD | {"name": "x"})
        assert found == ["response body: the contract has no field 'name'"]

    def test_a_wrong_media_type_is_found(self):
        """A problem that calls itself plain JSON is a breach; so is another charset."""
        check = contract("gateway").check_response
        assert broken(check, "POST", REPORT, 404, ANSWERING, problem(404, "unknown_transfer")) == [
            "response header Content-Type: must be application/problem+json"
        ]
        headers = ANSWERING | {"Content-Type": "application/json; charset=gbk"}
        assert broken(check, "POST", REPORT, 200, headers, HEARD) == [
            "response header Content-Type: has another charset than UTF-8"
        ]

    def test_a_missing_header_is_found(self):
        """A 503 says when to come back, and every answer says its correlation id."""
        headers = {"Content-Type": "application/problem+json"}
        assert broken(
            contract("gateway").check_response, "POST", REPORT, 503, headers, problem(503, "unavailable")
        ) == [
            "response header X-Correlation-Id: is missing",
            "response header Retry-After: is missing",
        ]

    def test_a_checkpoint_is_one(self):
        """Every answer may bear the audit trail's checkpoint; one that nobody could verify is a breach."""
        check = contract("gateway").check_response
        check("POST", REPORT, 200, ANSWERING | {"Audit-Checkpoint": CHECKPOINT}, HEARD)
        found = broken(check, "POST", REPORT, 200, ANSWERING | {"Audit-Checkpoint": "1 root me signature"}, HEARD)
        assert {text.split(":")[0] for text in found} == {"response header Audit-Checkpoint"}

    def test_a_problem_keeps_to_the_codes_of_its_operation(self):
        """A code that the operation may not answer with this status is a breach, and so is another status inside."""
        headers = ANSWERING | {"Content-Type": "application/problem+json"}
        check = contract("gateway").check_response
        check("POST", REPORT, 409, headers, problem(409, "contradicts"))
        assert broken(check, "POST", REPORT, 409, headers, problem(409, "in_arrears")) == [
            "response body /code: must be one of contradicts, message_reused, still_running for a 409"
        ]
        assert broken(check, "POST", REPORT, 409, headers, problem(404, "contradicts")) == [
            "response body /status: must be 409, as in the status line"
        ]

    def test_a_counterpartys_codes_are_its_own(self):
        """Only for a 404 does the contract fix a counterparty's code: it decides what the citizen is told."""
        headers = {"Content-Type": "application/problem+json"}
        check = contract("utility").check_response
        body = {"type": "about:blank", "title": "No", "status": 422, "code": "wrong_fields"}
        check("POST", "/v1/accounts/search", 422, headers, body)
        assert broken(check, "POST", "/v1/accounts/search", 404, headers, body | {"status": 404}) == [
            "response body /code: must be one of account_unknown for a 404"
        ]

    def test_taken_is_202_and_not_taken_is_200(self):
        """Step 5: the status and the receipt tell the same story."""
        check = contract("utility").check_response
        check("POST", "/v1/applications", 202, JSON, {"outcome": "taken", "reference": "W1"})
        check("POST", "/v1/applications", 200, JSON, {"outcome": "not_taken", "reason": "已销户。"})
        assert broken(check, "POST", "/v1/applications", 200, JSON, {"outcome": "taken", "reference": "W1"}) == [
            "response body /outcome: must be not_taken"
        ]

    def test_a_branch_is_explained_by_what_was_meant(self):
        """Of "null or a result", the finding speaks of the result when there is one."""
        progress = {"transfer": TRANSFER, "reference": "W1", "pre_review": None, "signing": None}
        body = progress | {"handling": {"result": "not_done"}}
        found = broken(contract("utility").check_response, "GET", f"/v1/applications/{TRANSFER}", 200, JSON, body)
        assert found == ["response body /handling: reason is missing"]


class TestBrokenDocuments:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A copy of the contracts, to be spoilt."""
        return Path(shutil.copytree(contracts_folder(), tmp_path / "v1"))

    def spoil(self, file: Path, old: str, new: str) -> int:
        """Replaces the first `old`; says in which line it stood."""
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
        return text[: text.index(old)].count("\n") + 1

    def unreadable(self, folder: Path, name: str = "gateway") -> str:
        """What is said of the spoilt document."""
        with pytest.raises(ContractUnreadable) as caught:
            load(Documents(folder), name)
        return str(caught.value)

    def test_the_copy_itself_is_sound(self, folder):
        """What the other tests find comes from what they spoil."""
        assert len(load(Documents(folder), "gateway").operations) == len(contract("gateway").operations)

    def test_yaml_that_is_none_names_file_and_line(self, folder):
        """A broken line is named."""
        line = self.spoil(folder / "gateway.openapi.yaml", "tags:\n- {name", "tags:\n- {{name")
        said = self.unreadable(folder)
        assert "gateway.openapi.yaml, line " in said
        assert int(said.split("line ")[1].split(":")[0]) in range(line, line + 4)

    def test_json_that_is_none_names_file_and_line(self, folder):
        """So is one in a schema that the document leads to."""
        line = self.spoil(folder / "schemas" / "transfer.json", '"required": [', '"required": ,[')
        assert f"transfer.json, line {line}: This is not JSON" in self.unreadable(folder)

    def test_a_key_that_stands_twice_is_found(self, folder):
        """YAML and JSON readers would silently keep the last."""
        line = self.spoil(folder / "gateway.openapi.yaml", "servers:", "openapi: 3.1.0\nservers:")
        assert f"line {line}: This is not as expected (the key openapi stands twice)" in self.unreadable(folder)
        self.spoil(folder / "schemas" / "account-record.json", '"type": "object"', '"type": "object", "type": "array"')
        assert "account-record.json: An object has the key type twice." in self.unreadable(folder, "utility")

    def test_an_unquoted_status_is_found(self, folder):
        """A status that YAML takes for a number would never be matched."""
        line = self.spoil(folder / "gateway.openapi.yaml", "'200':", "200:")
        assert f"line {line}: This is not as expected (a key is not a text" in self.unreadable(folder)

    def test_a_reference_to_nothing_is_found(self, folder):
        """In the documents, and in the schemas they lead to."""
        line = self.spoil(
            folder / "registry.openapi.yaml", "schemas/identity-query.json", "schemas/empty.json#/nowhere"
        )
        assert f"registry.openapi.yaml, line {line}: The reference" in self.unreadable(folder, "registry")
        self.spoil(
            folder / "schemas" / "masked-account.json", "fields.json#/$defs/in_arrears", "fields.json#/$defs/debt"
        )
        assert "masked-account.json, line " in self.unreadable(folder)

    def test_a_reference_that_leads_out_is_found(self, folder):
        """Nothing is ever fetched, and nothing is read beside the contracts."""
        for elsewhere in ("https://elsewhere.example/x.json", "../../secret.json"):
            copy = Path(shutil.copytree(folder, folder.parent / elsewhere.replace("/", "_")))
            self.spoil(copy / "registry.openapi.yaml", "schemas/identity-query.json", elsewhere)
            assert "leads out of the contracts' folder" in self.unreadable(copy, "registry")

    def test_an_operation_without_its_answers_is_found(self, folder):
        """A contract without what it must say is no contract."""
        self.spoil(folder / "gateway.openapi.yaml", "operationId:", "name:")
        assert "has no 'operationId'" in self.unreadable(folder)

    def test_a_missing_document_is_found(self, folder):
        """The file and the remedy are named."""
        (folder / "wechat.openapi.yaml").unlink()
        said = self.unreadable(folder, "wechat")
        assert "wechat.openapi.yaml: The document cannot be read" in said
        assert "Restore the file." in said

    def test_a_broken_example_is_found(self, folder):
        """An example that does not say what it shows is named by file and number."""
        self.spoil(folder / "examples" / "bad" / "account.json", '"why"', '"because"')
        with pytest.raises(ContractUnreadable, match=r"account\.json: Example 1 needs why, breaks, at, instance"):
            examples("bad", folder)
