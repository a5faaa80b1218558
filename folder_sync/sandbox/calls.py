"""What each call of the API does once its request has arrived in full. Faults and quota are handled elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from folder_sync.sandbox.answers import Details, FileAnswer, Refusal, problem
from folder_sync.sandbox.codes import is_gtin_like, is_id
from folder_sync.sandbox.forms import Form
from folder_sync.sandbox.state import Sandbox

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_BRANDS: Final = ("Alder & Finch", "Kestrel", "Morgenrot", "Pale Harbour")
_GOODS: Final = ("Oat Biscuits", "Pear Juice", "Hand Soap", "Roasted Almonds", "Green Tea", "Olive Oil", "Candle")


@dataclass(slots=True)
class Upload:
    """A form that arrived in full; its photo stays at ``path`` until it is stored or discarded."""

    form: Form
    path: Path
    number: int
    """The number of this upload's entry in the ledger."""
    delay: float
    """Seconds until the image appears."""
    stored: bool = False


class Calls:
    """Every method answers one request, or raises :class:`Refusal`."""

    def __init__(self, sandbox: Sandbox, max_bytes: int | None) -> None:
        self._sandbox = sandbox
        self._max_bytes = max_bytes

    def upload(self, request: Request, upload: Upload) -> Response:
        form = upload.form
        organization_id, gtin = self._product(request, contribute=True, problems=form.problems)
        if self._max_bytes is not None and form.size > self._max_bytes:
            raise Refusal(413, f"A photo may have at most {self._max_bytes} bytes.")
        assert form.format is not None  # noqa: S101 - else there were problems
        image = self._sandbox.catalogue.store(
            organization_id,
            gtin,
            upload.path,
            format=form.format,
            size=form.size,
            sha256=form.sha256,
            title=form.title,
            is_primary=form.is_primary,
            delay=upload.delay,
        )
        upload.stored = True
        self._sandbox.ledger.became(upload.number, image.id)
        return JSONResponse(self._sandbox.catalogue.to_json(image), 201)

    def list_images(self, request: Request) -> Response:
        problems: Details = []
        page = _number(request, "page", 1, 10**9, problems)
        page_size = _number(request, "page_size", 25, 100, problems)
        problems += [
            problem(name, "Unknown parameter.") for name in request.query_params if name not in {"page", "page_size"}
        ]
        organization_id, gtin = self._product(request, contribute=False, problems=problems)
        images = self._sandbox.catalogue.listed(organization_id, gtin)
        total_pages = -(-len(images) // page_size)
        start = (page - 1) * page_size
        return JSONResponse(
            {
                "data": [self._sandbox.catalogue.to_json(image) for image in images[start : start + page_size]],
                "pagination": {
                    "page": page,
                    "page_size": page_size,
                    "total_count": len(images),
                    "total_pages": total_pages,
                    "has_next": page < total_pages,
                    "has_previous": page > 1,
                },
            }
        )

    def delete(self, request: Request) -> Response:
        organization_id, gtin = self._product(request, contribute=True, problems=[])
        if not self._sandbox.catalogue.delete(organization_id, gtin, request.path_params["image_id"]):
            raise Refusal(404, "The product has no such image.")
        return Response(status_code=204)

    def whoami(self, request: Request) -> Response:
        return JSONResponse(self._sandbox.accounts.whoami(api_key(request)))

    def trade_item(self, request: Request) -> Response:
        self._sandbox.accounts.authenticate(api_key(request))
        gtin = request.path_params["gtin"]
        if problems := _gtin_problems(gtin):
            raise Refusal(422, "The request is not valid.", problems)
        gtin = gtin.zfill(14)
        if not self._sandbox.catalogue.knows(gtin):
            raise Refusal(404, "No such product.")
        return JSONResponse(
            {
                "id": f"item{gtin}",
                "gtin": gtin,
                "product_name": f"{_GOODS[int(gtin) % len(_GOODS)]} {gtin[-5:-1]}",
                "brand": _BRANDS[int(gtin) % len(_BRANDS)],
                "owner_id": self._sandbox.organization_id,
                "is_claimed": True,
            }
        )

    def media(self, request: Request) -> Response:
        """The bytes behind ``image_url``: no key needed, as from a store of files."""
        image = self._sandbox.catalogue.find(request.path_params["image_id"])
        if image is None:
            raise Refusal(404, "No such image.")
        tail = b"\n" if self._sandbox.catalogue.url_mode(image) == "altered" else b""
        return FileAnswer(image.path, image.format.media_type, tail=tail)

    def nothing(self, _: Request) -> Response:
        raise Refusal(404, "The API has no such call.")

    def _product(self, request: Request, *, contribute: bool, problems: Details) -> tuple[str, str]:
        """The organization and GTIN-14 of the path, once key, form, organization and product have passed."""
        key = api_key(request)
        organization_id, gtin = request.path_params["organization_id"], request.path_params["gtin"]
        self._sandbox.accounts.authenticate(key)
        if not is_id(organization_id):
            problems = [*problems, problem("organization_id", "Not a 22-character id.")]
        problems = [*problems, *_gtin_problems(gtin)]
        if problems:
            raise Refusal(422, "The request is not valid.", problems)
        self._sandbox.accounts.authorize(key, organization_id, contribute=contribute)
        gtin = gtin.zfill(14)
        if not self._sandbox.catalogue.knows(gtin):
            raise Refusal(404, "No such product.")
        return organization_id, gtin


def api_key(request: Request) -> str:
    """The key presented; empty where there is none."""
    return request.headers.get("x-api-key", "")


def _gtin_problems(gtin: str) -> Details:
    return [] if is_gtin_like(gtin) else [problem("gtin", "Not 8 to 14 digits.")]


def _number(request: Request, name: str, default: int, most: int, problems: Details) -> int:
    text = request.query_params.get(name, str(default))
    if _NUMBER.fullmatch(text) and 1 <= int(text) <= most:
        return int(text)
    problems.append(problem(name, f"A whole number from 1 to {most}."))
    return default
