"""Names after the *GS1 Product Image Specification*: ``<gtin>_<code>[_<language>][_s<number>][_text…]``.

``code`` is four characters: type, facing, angle, state. Behind two underscores stand title and flags of the house.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import TITLE_MAX, Label, ReasonCode
from folder_sync.rules.names import gtin, house
from folder_sync.rules.names.meaning import Fault, Proposal, Reading
from folder_sync.rules.names.parts import PRIMARY, clean_title, meant_hero
from folder_sync.rules.names.shots import Shots
from folder_sync.text import quoted

_SHAPE: Final = re.compile(r"([0-9]{7,})_([A-Z][0-37-9][CLRN][0-9A-Z])(?:_(.*))?", re.IGNORECASE | re.DOTALL)
_NEARLY: Final = re.compile(
    r"[\s_]*([0-9]{7,})[\s_.-]+([A-Z])([0-37-9OIl])([CLRN])([0-9A-Z])(?:[\s_.-](.*))?", re.IGNORECASE | re.DOTALL
)
_LETTERS: Final = str.maketrans("OoIl", "0011")
_SERIAL: Final = re.compile(r"s([0-9]{1,3})", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"([a-z]{2})(?:-[a-z]{2})?", re.IGNORECASE)
_ISO_639_1: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en"
    " eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv"
    " ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne"
    " ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st"
    " su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_LANGUAGES: Final = frozenset(_ISO_639_1.split())
"""Other pairs of letters are words, such as XL."""

_FACING: Final = {"1": "Front", "2": "Left side", "3": "Top", "7": "Back", "8": "Right side", "9": "Bottom", "0": ""}
_ANGLE: Final = {"C": "from above", "L": "from the left", "R": "from the right", "N": ""}
_STATE: Final = {
    "0": "out of packaging", "O": "out of packaging", "A": "case", "B": "inner pack", "C": "raw", "D": "prepared",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gs1:
    shots: Shots

    entry = "gs1"

    def read(self, _folders: Sequence[str], stem: str) -> Reading | Fault:
        first, *rest = stem.split("__")
        shape = _SHAPE.fullmatch(first)
        if shape is None:
            message = f"{quoted(stem, 60)} is not a GS1 name: a GTIN, an underscore, and four characters such as C1N1."
            return Fault(ReasonCode.BAD_NAME, message, "Rename the file.", proposals=_nearly(stem))
        try:
            number = gtin.parse(shape[1])
        except gtin.NotAGtin as wrong:
            proposals = [Proposal(f"{wrong.stands_for}{stem[len(shape[1]) :]}")] if wrong.stands_for else []
            advice = "Compare the number with the one on the product."
            return Fault(ReasonCode.BAD_GTIN, str(wrong), advice, proposals=proposals, decides=True)
        given = house.label(number, first, rest)
        if isinstance(given, Fault):
            return given
        return self._named(given, shape[2].upper(), [part for part in (shape[3] or "").split("_") if part], first)

    def _named(self, given: Reading, code: str, behind: Sequence[str], first: str) -> Reading | Fault:
        language, serial, text = _told_apart(behind)
        label = given.label
        if lost := next(filter(meant_hero, text), None):
            proposals = [Proposal(f"{first[: -len(lost)].rstrip('_')}__{PRIMARY}")] if first.endswith(lost) else []
            message = f"{quoted(lost, 40)} is not a flag here; {quoted(PRIMARY)} was probably meant."
            advice = "Two underscores belong before it."
            return Fault(ReasonCode.UNKNOWN_FLAG, message, advice, label.gtin, proposals, decides=True)
        if serial is not None and label.number is not None:
            return Fault(ReasonCode.BAD_NAME, "The name has more than one number.", "Keep one.", label.gtin)
        shot = self.shots.of_code(code)
        title = label.title or _title(shot.name if shot else _words(code), text, language)
        if len(title) > TITLE_MAX:
            message = f"The title has {len(title)} characters, and {TITLE_MAX} is the most."
            return Fault(ReasonCode.TITLE_TOO_LONG, message, "Shorten it.", label.gtin)
        is_primary = label.is_primary or bool(shot and shot.primary)
        return Reading(
            Label(label.gtin, title, is_primary, label.number if serial is None else serial),
            house.remarks(title, is_primary=is_primary) if label.title else (),
            shot.name if shot else None,
            f"code {code}: {_explained(code)}",
            self.entry,
        )


def _told_apart(behind: Sequence[str]) -> tuple[str, int | None, list[str]]:
    """Language (directly after the code), serial number (the first), and all other text."""
    language, serial, text = "", None, []
    for at, part in enumerate(behind):
        spoken = _LANGUAGE.fullmatch(part)
        if at == 0 and spoken and spoken[1].lower() in _LANGUAGES:
            language = part.lower()
        elif serial is None and (found := _SERIAL.fullmatch(part)):
            serial = int(found[1])
        else:
            text.append(part)
    return language, serial, text


def _words(code: str) -> str:
    said = ", ".join(filter(None, (_FACING[code[1]], _ANGLE[code[2]], _STATE.get(code[3], ""))))
    return said[:1].upper() + said[1:]


def _title(said: str, text: Sequence[str], language: str) -> str:
    title = ", ".join(filter(None, (said, clean_title(" ".join(text)))))
    return f"{title} ({language})".strip() if language else title


def _explained(code: str) -> str:
    facing = _FACING[code[1]].lower() or "no side"
    angle = _ANGLE[code[2]] or "straight"
    state = {"1": "in its packaging"}.get(code[3], _STATE.get(code[3], f"state {code[3]}"))
    return f"type {code[0]}, {facing}, {angle}, {state}"


def _nearly(stem: str) -> Iterator[Proposal]:
    """Another separator, or a letter for a digit."""
    first, *rest = stem.split("__")
    if rest and first.isdigit():  # two underscores before the code
        first, rest = f"{first}_{rest[0]}", rest[1:]
    if found := _NEARLY.fullmatch(first):
        digits, kind, facing, angle, state, behind = found.groups()
        code = f"{kind}{facing.translate(_LETTERS)}{angle}{state}".upper()
        yield Proposal("__".join(("_".join(filter(None, (digits, code, behind))), *rest)))
