"""What kinds of value the settings take."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from folder_sync.settings import checks


@dataclass(frozen=True, slots=True)
class Expected:
    """What a key takes, to follow "must be": for messages and for the reference."""

    phrase: str


def _a_number(value: object) -> object:
    if isinstance(value, bool):  # to Python, true is the number 1; to whoever wrote it, it is a mistake
        raise PydanticCustomError("not_a_number", "true and false are not numbers")
    return value


def _from_json(value: object) -> object:
    """Lists come from the environment as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise PydanticCustomError("not_json", "neither a list nor JSON") from None


_Number = BeforeValidator(_a_number)
Seconds = Annotated[
    float,
    _Number,
    Field(gt=0, allow_inf_nan=False),
    AfterValidator(lambda seconds: min(seconds, checks.FOREVER)),
    Expected("a positive number of seconds"),
]
Days = Annotated[
    float,
    _Number,
    Field(ge=0, allow_inf_nan=False),
    AfterValidator(lambda days: min(days, checks.FOREVER / 86_400)),
    Expected("a number of days, or 0"),
]
Share = Annotated[float, _Number, Field(gt=0, le=1), Expected("a share above 0 and up to 1")]
Megabytes = Annotated[float, _Number, Field(gt=0, le=1e6), Expected("a number of megabytes above 0")]
Count = Annotated[int, _Number, Field(ge=1), Expected("a whole number, 1 or more")]
Pixels = Annotated[int, _Number, Field(ge=0), Expected("a whole number, 0 or more")]
Percent = Annotated[int, _Number, Field(ge=1, le=100), Expected("a whole number, 1 to 100")]
Port = Annotated[int, _Number, Field(ge=0, le=65535), Expected("a port number, 0 to 65535")]
Texts = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_from_json), Expected('a list of texts, such as ["a", "b"]')
]
Sources = Annotated[
    tuple[Literal["tiff", "heic", "avif", "psd", "jp2"], ...],
    NoDecode,
    BeforeValidator(_from_json),
    Expected('a list of "tiff", "heic", "avif", "psd" and "jp2"'),
]
Codes = Annotated[
    tuple[Annotated[str, AfterValidator(checks.shot_code)], ...],
    NoDecode,
    BeforeValidator(_from_json),
    Expected('a list of texts, such as ["a", "b"]'),
]
ShotName = Annotated[str, AfterValidator(checks.shot_name), Expected("text in quotes")]
OptionalFile = Annotated[Path | None, BeforeValidator(checks.optional_file), Expected("the name of a file, or empty")]
InnerFolder = Annotated[str, AfterValidator(checks.inner_folder), Expected("a folder inside the watched one")]
Address = Annotated[str, AfterValidator(checks.base_url), Expected("an https address; plain http only to this machine")]
OrganizationId = Annotated[str, AfterValidator(checks.organization_id), Expected("an organization id, or empty")]
Folder = Annotated[Path, BeforeValidator(checks.absolute_folder), Expected("an absolute path")]
StoreUrl = Annotated[
    str,
    AfterValidator(checks.store_url),
    Expected("sqlite:////absolute/path.db, postgresql://user@host/database, or empty"),
]
Host = Annotated[str, Field(min_length=1), Expected("a host name or an address")]
AccountName = Annotated[str, AfterValidator(checks.account_name)]
SecretKey = Annotated[SecretStr | None, Expected("a key, and only in the environment")]
