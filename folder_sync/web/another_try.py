"""What came of asking for another try, on the page where it was asked: carried there in its address."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request

from folder_sync.photo import Record
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.retrying import Answer, Said
from folder_sync.text import display, path_text
from folder_sync.web.context import site_of, words_of

ASKED_ON: Final = frozenset({"/", "/photos"})
"""Where there are buttons for it, beside the page of the photo itself."""

ONE: Final = {
    Said.QUEUED: "“{name}” is tried again.",
    Said.LOOKED_AT: "“{name}” is tried again.",
    Said.NAMED_WRONGLY: "“{name}” can't go under this name. Rename the file: that starts it again.",
    Said.UPLOADING: "“{name}” is being sent right now.",
    Said.UNCONFIRMED: "“{name}” may be there already. The catalogue is asked before anything is sent again.",
    Said.UPLOADED: "“{name}” is in the catalogue. To send it again, change the file.",
    Said.DUPLICATE: "“{name}” is the same as a photo that is on its way or in the catalogue.",
    Said.SUPERSEDED: "“{name}” was replaced by a newer version.",
    Said.OLD_VERSION: "“{name}” was replaced since by a newer version.",
    Said.CHANGED: "“{name}” has just changed. Look again.",
    Said.PUT_AWAY: "“{name}” was put away. Move it into the watched folder again: that starts it.",
    Said.GONE: "“{name}” is not there any more. Put the file back: that starts it again.",
}

MANY: Final = {
    Said.NAMED_WRONGLY: "{n} can't go under their names. Rename the files: that starts them again.",
    Said.UPLOADING: "{n} are being sent right now.",
    Said.UNCONFIRMED: "{n} may be there already. The catalogue is asked before anything is sent again.",
    Said.UPLOADED: "{n} are in the catalogue.",
    Said.DUPLICATE: "{n} are the same as photos that are on their way or in the catalogue.",
    Said.SUPERSEDED: "{n} were replaced by newer versions.",
    Said.OLD_VERSION: "{n} were replaced since. Asked for alone, such a photo is delivered after all.",
    Said.CHANGED: "{n} have just changed. Look again.",
    Said.PUT_AWAY: "{n} were put away. Move them into the watched folder again: that starts them.",
    Said.GONE: "{n} are not there any more. Put the files back: that starts them again.",
}
"""Why some of many could not be tried again; to follow their number."""

_ONES: Final = ("photo", "answer")
_MANYS: Final = ("tried", "refused")


def after_one(back: str, photo: int, answer: Answer) -> str:
    """Where to go now. ``back``: an address of ours; of whatever else, the page of the photo."""
    parts = urlsplit(back)
    code = answer.sentence.name.lower()
    if parts.scheme or parts.netloc or parts.path not in ASKED_ON:
        return f"/photos/{photo}?{urlencode({'photo': photo, 'answer': code})}"
    return _address(parts.path, parse_qsl(parts.query), [("photo", str(photo)), ("answer", code)])


def after_many(answers: Iterable[Answer], filters: Iterable[tuple[str, str]]) -> str:
    counted = Counter(answer.sentence for answer in answers)
    done = counted[Said.QUEUED] + counted[Said.LOOKED_AT]
    refused = [("refused", f"{said.name.lower()}.{counted[said]}") for said in MANY if counted[said]]
    return _address("/photos", filters, [("tried", str(done)), *refused])


def answered(request: Request) -> str:
    """In the reader's language; empty where nothing was asked. Raises StoreUnavailable."""
    query = request.query_params
    return _of_one(request, query) or _of_many(request, query)


def _of_one(request: Request, query: QueryParams) -> str:
    said, photo = _said(query.get("answer", "")), _number(query.get("photo", ""))
    if said is None or photo is None:
        return ""
    found = PhotoQueries(site_of(request).records.open()).by_id(photo)
    return "" if found is None else words_of(request)(ONE[said], name=_name(found))


def _of_many(request: Request, query: QueryParams) -> str:
    words, tried = words_of(request), _number(query.get("tried", ""))
    if tried is None:
        return ""
    sentences = [words.count(tried, "{n} photo is tried again.", "{n} photos are tried again.")]
    for text in query.getlist("refused"):
        code, _, digits = text.partition(".")
        said, number = _said(code), _number(digits)
        if said in MANY and number is not None:
            sentences.append(words(MANY[said], n=words.number(number)))
    return " ".join(sentences)


def _said(code: str) -> Said | None:
    return next((said for said in Said if said.name.lower() == code), None)


def _number(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _name(photo: Record) -> str:
    return display(path_text(os.path.basename(photo.path)))


def _address(path: str, query: Iterable[tuple[str, str]], said: Iterable[tuple[str, str]] = ()) -> str:
    kept = [pair for pair in query if pair[0] not in _ONES + _MANYS]
    text = urlencode([*kept, *said])
    return f"{path}?{text}" if text else path
