"""The commands of docs/install.md, read from the page itself: what is documented is what is tested."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_PAGE: Final = Path(__file__).parents[2] / "docs/install.md"


def steps(heading: str) -> list[str]:
    """The ``sh`` blocks below ``## heading``, in order."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert section, f'{_PAGE} has no section "{heading}".'
    blocks = re.findall(r"^```sh\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
    assert blocks, f'The section "{heading}" has no commands.'
    return blocks
