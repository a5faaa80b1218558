"""The three kinds of code the API speaks in: API keys, short ids and trade item numbers.

Written anew from the documentation, and not shared with the client, so that a mistake there can't hide here.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from typing import Final

_KEY: Final = re.compile(r"(?:csb|csu|cpk)_([0-9A-Za-z]{32})_([0-9a-f]{8})")
_ID_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ID: Final = re.compile(f"[{_ID_ALPHABET}]{{22}}")
_GTIN: Final = re.compile(r"[0-9]{8,14}")


def make_key(prefix: str = "csb") -> str:
    """A random well-formed API key; the checksum is the CRC-32 of the body (*Authentication*)."""
    body = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))
    return f"{prefix}_{body}_{zlib.crc32(body.encode()):08x}"


def is_key(text: str) -> bool:
    """Whether ``text`` has the form of an API key and its checksum is right."""
    match = _KEY.fullmatch(text)
    return match is not None and f"{zlib.crc32(match[1].encode()):08x}" == match[2]


def make_id() -> str:
    """A random 22-character shortuuid, as organizations and images have."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(22))


def id_of(text: str) -> str:
    """The same id for the same text."""
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(_ID_ALPHABET[byte % len(_ID_ALPHABET)] for byte in digest[:22])


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def is_gtin_like(text: str) -> bool:
    """The pattern the API puts on paths: 8 to 14 digits. Says nothing about the check digit."""
    return _GTIN.fullmatch(text) is not None


def check_digit(digits: str) -> str:
    """The GS1 check digit that belongs after ``digits``: weights 3, 1, 3, … from the right."""
    weighted = sum(int(digit) * (1 if index % 2 else 3) for index, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def is_gtin(text: str) -> bool:
    """Whether a product can have this number: right check digit, and not all zeros."""
    return check_digit(text[:-1]) == text[-1] and text.strip("0") != ""
