"""Which GTINs the sandbox understands and knows."""

from __future__ import annotations

import httpx
import pytest

from folder_sync.sandbox.codes import is_gtin
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, OTHER, error, fields_at_fault, images_path, upload


@pytest.mark.parametrize("gtin", ["1234567", "123456789012345", "1234567x", "١٢٣٤٥٦٧٨"])
def test_a_gtin_has_8_to_14_digits(http: httpx.Client, sandbox: Sandbox, gtin: str) -> None:
    assert fields_at_fault(upload(http, sandbox, gtin)) == ["gtin"]
    assert fields_at_fault(http.get(images_path(sandbox, gtin))) == ["gtin"]
    assert fields_at_fault(http.get(f"/products/api/v1/trade-items/{gtin}")) == ["gtin"]


@pytest.mark.parametrize("gtin", ["012345678905", "00012345678905", "0012345678905"])
def test_gtins_are_padded_to_14_digits(http: httpx.Client, sandbox: Sandbox, gtin: str) -> None:
    assert upload(http, sandbox, gtin).status_code == 201
    assert len(sandbox.images(GTIN)) == 1
    assert sandbox.ledger.arrivals[0].gtin == GTIN
    assert http.get(f"/products/api/v1/trade-items/{gtin}").json()["gtin"] == GTIN


@pytest.mark.parametrize("gtin", ["00012345678906", "00000000", "00000000000000"])
def test_a_gtin_no_product_can_have_is_404(http: httpx.Client, sandbox: Sandbox, gtin: str) -> None:
    assert error(upload(http, sandbox, gtin)) == (404, "NOT_FOUND")
    assert error(http.get(images_path(sandbox, gtin))) == (404, "NOT_FOUND")
    assert error(http.get(f"/products/api/v1/trade-items/{gtin}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("gtin", ["96385074", "036000291452", "4006381333931", "10614141000415"])
def test_check_digits_of_published_examples_are_right(gtin: str) -> None:
    assert is_gtin(gtin)
    assert not is_gtin(gtin[:-1] + str((int(gtin[-1]) + 1) % 10))


def test_a_product_marked_unknown_is_404_until_it_is_known() -> None:
    with (
        running_sandbox(unknown=["012345678905"]) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        assert error(upload(http, sandbox)) == (404, "NOT_FOUND")
        assert error(http.get(f"/products/api/v1/trade-items/{GTIN}")) == (404, "NOT_FOUND")
        assert upload(http, sandbox, OTHER).status_code == 201
        sandbox.known_product("12345678905")
        assert upload(http, sandbox).status_code == 201


def test_a_trade_item_has_a_name(http: httpx.Client) -> None:
    body = http.get(f"/products/api/v1/trade-items/{GTIN}").json()
    assert {"id", "gtin", "product_name", "brand", "owner_id", "is_claimed"} <= set(body)
    assert body["product_name"]
