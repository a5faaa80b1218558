"""What holds for all answers of the sandbox, and what can be changed about them."""

from __future__ import annotations

import shutil
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, JPEG, error, images_path, upload


def test_paths_and_methods_that_the_api_does_not_have_are_404_with_envelope(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    assert error(http.get("/dashboard/api/v2/nothing")) == (404, "NOT_FOUND")
    assert error(http.patch(images_path(sandbox))) == (404, "NOT_FOUND")


def test_the_date_is_the_servers_time_and_so_is_created(http: httpx.Client, sandbox: Sandbox) -> None:
    def lead(answer: httpx.Response) -> float:
        return parsedate_to_datetime(answer.headers["date"]).timestamp() - sandbox.clock.true()

    assert -60 < lead(http.get("/account/api/v1/whoami")) < 60
    sandbox.set_clock_skew(3600)
    answer = upload(http, sandbox)
    assert 3540 < lead(answer) < 3660
    created = datetime.fromisoformat(answer.json()["created"]).timestamp()
    assert 3540 < created - sandbox.clock.true() < 3660
    assert abs(sandbox.ledger.arrivals[0].at - sandbox.clock.true()) < 60


def test_image_urls_can_be_null_or_lead_to_other_bytes(http: httpx.Client, sandbox: Sandbox) -> None:
    url = upload(http, sandbox).json()["image_url"]
    sandbox.set_image_urls("altered")
    altered = httpx.get(url).content
    assert altered != JPEG
    assert altered.startswith(JPEG)
    sandbox.set_image_urls("null")
    assert upload(http, sandbox).json()["image_url"] is None
    with pytest.raises(ValueError, match="original, altered, null"):
        sandbox.set_image_urls("nonsense")  # type: ignore[arg-type]  # the mistake under test


def test_a_given_image_must_be_one(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="Not an image"):
        sandbox.put_image(GTIN, b"hello")


def test_a_failure_of_the_sandbox_itself_is_told_apart(http: httpx.Client, sandbox: Sandbox) -> None:
    shutil.rmtree(sandbox.put_image(GTIN, JPEG).path.parent)
    answer = upload(http, sandbox)
    assert error(answer) == (500, "INTERNAL_ERROR")
    assert "sandbox itself" in answer.json()["error"]["message"]
