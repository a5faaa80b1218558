"""How an upload is framed as ``multipart/form-data`` (RFC 7578): what goes before and after the file's bytes.

Nothing is read or sent here. The total length is known before the first byte leaves, so an upload is never
chunked, and breaking it off early can never look like a complete request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Format, Label

_EXTENSIONS: Final[Mapping[str, str]] = {member.media_type: member.value for member in Format}


@dataclass(frozen=True, slots=True)
class Frame:
    """``preamble`` + the file + ``epilogue`` is the body of the request."""

    content_type: str
    preamble: bytes
    epilogue: bytes

    def length(self, size: int) -> int:
        """The length of the whole body in bytes, around a file of ``size`` bytes."""
        return len(self.preamble) + size + len(self.epilogue)


def frame(label: Label, media_type: str, boundary: str) -> Frame:
    """Frame one photo; ``boundary``: 1 to 70 letters and digits that occur in neither the title nor the file.

    The file goes out as ``<gtin>.<ext>``: what a photographer called it may be private, and could not be
    quoted reliably. Raises KeyError for a media type that is not one of ``Format``.
    """
    preamble = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\n'
        f"{label.title}\r\n"
        f'--{boundary}\r\nContent-Disposition: form-data; name="is_primary"\r\n\r\n'
        f"{'true' if label.is_primary else 'false'}\r\n"
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; '
        f'filename="{label.gtin}.{_EXTENSIONS[media_type]}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    )
    return Frame(
        content_type=f"multipart/form-data; boundary={boundary}",
        preamble=preamble.encode(),
        epilogue=f"\r\n--{boundary}--\r\n".encode(),
    )
