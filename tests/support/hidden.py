"""Looking for a secret in what was written, whatever it was turned into on its way."""

from __future__ import annotations

import base64
import html
import io
import tarfile
from collections.abc import Iterator
from urllib.parse import quote


def forms(secret: str) -> Iterator[bytes]:
    """The ways in which programs write a text; of base64 the part that does not hang on what stands around it."""
    raw = secret.encode()
    yield raw
    yield raw.upper()
    yield raw.lower()
    yield raw[::-1]
    yield quote(secret, safe="").encode()
    yield "".join(f"%{byte:02x}" for byte in raw).encode()
    yield "".join(f"%{byte:02X}" for byte in raw).encode()
    yield "".join(f"={byte:02X}" for byte in raw).encode()
    yield "".join(f"\\u{ord(letter):04x}" for letter in secret).encode()
    yield "".join(f"\\x{byte:02x}" for byte in raw).encode()
    yield "".join(f"&#{ord(letter)};" for letter in secret).encode()
    yield html.escape(secret).encode()
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield secret.encode("utf-16-le")
    yield secret.encode("utf-16-be")
    for before in range(3):
        whole = base64.b64encode(b"-" * before + raw)
        inner = whole[(0, 2, 3)[before] : len(whole) // 4 * 4 - 4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def finds(text: bytes, secret: str) -> bool:
    return any(form in text for form in forms(secret))


def everything_in(bundle: bytes) -> bytes:
    """The file itself, and all that is packed in it, the names too."""
    parts = [bundle]
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            assert content is not None
            parts += [repr(member.get_info()).encode(), content.read()]
    return b"\n".join(parts)


def unpacked(bundle: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        return {member.name: (archive.extractfile(member) or io.BytesIO()).read().decode() for member in archive}
