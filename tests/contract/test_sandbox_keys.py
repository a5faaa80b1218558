"""Whom the sandbox lets in: keys, roles, organizations, whoami."""

from __future__ import annotations

import httpx
import pytest

from folder_sync.sandbox.codes import is_key, make_id, make_key
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, JPEG, error, fields_at_fault, images_path, upload


def test_a_made_key_is_well_formed() -> None:
    assert all(is_key(make_key(prefix)) for prefix in ("csb", "csu", "cpk"))
    # CRC-32 of 32 times "a", computed by hand from the rule: the checksum is lower-case hexadecimal.
    assert is_key("csb_" + "a" * 32 + "_cab11777")
    assert not is_key("csb_" + "a" * 32 + "_CAB11777")
    assert not is_key("xyz_" + "a" * 32 + "_cab11777")


@pytest.mark.parametrize(
    "key", ["", "nonsense", "csb_" + "a" * 32 + "_00000000", make_key(), make_key() + "x"], ids=range(5)
)
def test_a_key_that_is_missing_malformed_or_unknown_is_401_on_every_call(sandbox: Sandbox, key: str) -> None:
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": key} if key else {}) as http:
        image = sandbox.put_image(GTIN, JPEG)
        for answer in (
            upload(http, sandbox),
            http.get(images_path(sandbox)),
            http.delete(f"{images_path(sandbox)}/{image.id}"),
            http.get("/account/api/v1/whoami"),
            http.get(f"/products/api/v1/trade-items/{GTIN}"),
        ):
            assert error(answer) == (401, "UNAUTHORIZED")
            assert "ratelimit-remaining" in answer.headers
        assert error(upload(http, sandbox, "no gtin")) == (401, "UNAUTHORIZED")  # before anything is validated
    assert len(sandbox.images(GTIN)) == 1


def test_a_revoked_key_is_401_until_restored(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.revoke_key()
    assert error(upload(http, sandbox)) == (401, "UNAUTHORIZED")
    assert error(http.get("/account/api/v1/whoami")) == (401, "UNAUTHORIZED")
    sandbox.restore_key()
    assert upload(http, sandbox).status_code == 201


def test_a_given_key_is_the_one_accepted() -> None:
    key = make_key("csu")
    with running_sandbox(key=key) as sandbox:
        assert sandbox.key == key
        assert httpx.get(f"{sandbox.url}/account/api/v1/whoami", headers={"X-API-Key": key}).status_code == 200


def test_started_again_with_its_key_it_is_the_same_organization() -> None:
    """The records of a service belonged to one that was gone for ever, and its account paused."""
    with running_sandbox() as first:
        pass
    with running_sandbox(key=first.key) as again, running_sandbox() as other:
        assert first.organization_id == again.organization_id != other.organization_id


def test_whoami_names_the_organizations_and_the_key(http: httpx.Client, sandbox: Sandbox) -> None:
    body = http.get("/account/api/v1/whoami").json()
    assert set(body) == {"user_id", "email", "organizations", "metadata", "api_key"}
    assert body["organizations"] == [{"id": sandbox.organization_id, "name": "Sandbox Studio"}]
    assert set(body["api_key"]) == {"id", "description", "created", "role", "metadata"}
    assert body["api_key"]["role"] == "Owner"


def test_a_key_of_several_organizations_works_in_each(http: httpx.Client, sandbox: Sandbox) -> None:
    second = sandbox.accounts.add_organization("Second Studio")
    sandbox.join_organization(organization_id=second)
    assert upload(http, sandbox, organization_id=second).status_code == 201
    assert sandbox.images(GTIN) == []
    assert len(sandbox.catalogue.images(second, GTIN)) == 1
    assert {entry["name"] for entry in http.get("/account/api/v1/whoami").json()["organizations"]} == {
        "Sandbox Studio",
        "Second Studio",
    }


def test_an_organization_the_key_left_is_403_and_whoami_says_so(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.leave_organization()
    assert error(upload(http, sandbox)) == (403, "FORBIDDEN")
    assert error(http.get(images_path(sandbox))) == (403, "FORBIDDEN")
    assert http.get("/account/api/v1/whoami").json()["organizations"] == []


def test_organizations_are_checked_for_form_existence_and_membership(http: httpx.Client, sandbox: Sandbox) -> None:
    foreign = sandbox.accounts.add_organization("Somebody else")
    assert error(upload(http, sandbox, organization_id=foreign)) == (403, "FORBIDDEN")
    assert error(upload(http, sandbox, organization_id=make_id())) == (404, "NOT_FOUND")
    assert fields_at_fault(upload(http, sandbox, organization_id="0" * 22)) == ["organization_id"]
    assert fields_at_fault(upload(http, sandbox, organization_id=foreign[:21])) == ["organization_id"]


@pytest.mark.parametrize(("prefix", "role"), [("csu", "Viewer"), ("cpk", "Owner")])
def test_a_key_without_the_permission_may_list_but_not_upload(sandbox: Sandbox, prefix: str, role: str) -> None:
    key = sandbox.accounts.add_key(sandbox.organization_id, prefix=prefix, role=role)
    image = sandbox.put_image(GTIN, JPEG)
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": key}) as http:
        assert http.get(images_path(sandbox)).json()["pagination"]["total_count"] == 1
        assert error(upload(http, sandbox)) == (403, "FORBIDDEN")
        assert error(http.delete(f"{images_path(sandbox)}/{image.id}")) == (403, "FORBIDDEN")


def test_a_key_may_become_another_organizations(http: httpx.Client, sandbox: Sandbox) -> None:
    assert http.post("/_sandbox/faults", json={"kind": "change_organization"}).status_code == 204
    (other,) = http.get("/account/api/v1/whoami").json()["organizations"]
    assert (other["name"], other["id"] == sandbox.organization_id) == ("Another Studio", False)
    assert error(upload(http, sandbox)) == (403, "FORBIDDEN")
    assert upload(http, sandbox, organization_id=other["id"]).status_code == 201
    sandbox.change_organization(organization_id=sandbox.organization_id)
    assert upload(http, sandbox).status_code == 201
    assert error(upload(http, sandbox, organization_id=other["id"])) == (403, "FORBIDDEN")


@pytest.mark.parametrize("kind", ["change_organization", "join_organization"])
def test_an_organization_that_does_not_exist_takes_no_key(http: httpx.Client, sandbox: Sandbox, kind: str) -> None:
    assert fields_at_fault(http.post("/_sandbox/faults", json={"kind": kind, "organization_id": "nobody"})) == []
    assert upload(http, sandbox).status_code == 201


def test_whoami_can_say_something_else_than_the_other_calls(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", status=401, route="whoami", count=None)
    assert error(http.get("/account/api/v1/whoami")) == (401, "UNAUTHORIZED")
    assert upload(http, sandbox).status_code == 201
    sandbox.faults.clear()
    sandbox.faults.add("status", status=403, route="upload", count=None)
    assert error(upload(http, sandbox)) == (403, "FORBIDDEN")
    assert http.get("/account/api/v1/whoami").status_code == 200
