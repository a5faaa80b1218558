"""Holding a sound photo, as it goes, against ``[quality]``: by its headers, and where asked for by its pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO, Final

from folder_sync.files.pictures import locations
from folder_sync.files.pictures.conversion_process import Converted
from folder_sync.files.pictures.converted_files import ConvertedFiles
from folder_sync.files.pictures.inspection import Sound
from folder_sync.files.pictures.picture_process import PictureProcess
from folder_sync.photo import Content, Details, Format, Label, Reason
from folder_sync.rules.conversion import AS_IT_IS, FIRST_PAGE, Conversion, Recipe, Source
from folder_sync.rules.quality import NOTHING_SAID, UNSEEN, Closely, Code, Looks, Policy


class QualityCheck:
    """May be asked on any thread. ``pictures``: slow, and only asked for what needs it; closed by ``close``."""

    def __init__(
        self,
        policy: Policy,
        pictures: PictureProcess | None = None,
        *,
        drops_location: bool = False,
        conversion: Conversion = AS_IT_IS,
        converted: ConvertedFiles | None = None,
        made_before: Callable[[str, str], Details | None] = lambda _sha256, _recipe: None,
    ) -> None:
        """``made_before``: what is recorded of the same bytes and the same recipe."""
        self._policy = policy
        self._drops_location = drops_location
        self._conversion = conversion
        self._converted = converted
        self._made_before = made_before
        self._pictures = pictures

    def judge(
        self, file: BinaryIO, sound: Sound, label: Label, details: Details, source: Source | None = None
    ) -> tuple[Details, Reason | None]:
        """``details`` with what else is to be said, and why the photo is refused, if it is. ``source``: what it is,
        where that has to be converted. Raises OSError.
        """
        looks, kind = sound.looks, sound.content.format
        actual = source or kind
        recipe = self._conversion.recipe(actual, looks) if actual else None
        if recipe is not None and self._converted is not None:
            return self._judge_converted(file, sound, label, details, recipe, self._converted)
        cuts = locations.cuts(file, kind) if self._drops_location and looks.has_location and kind else ()
        if cuts:
            looks = replace(looks, has_location=False)
            details = replace(details, cuts=cuts, sent_sha256=locations.digest(file, cuts))
        closely = UNSEEN if looks.width is None else self._examined(file, label)
        notes, refused = self._policy.judged(looks, sound.content.size, label, closely)
        said = replace(details, width=looks.width, height=looks.height, notes=(*details.notes, *notes))
        return said, refused

    def _judge_converted(
        self,
        file: BinaryIO,
        sound: Sound,
        label: Label,
        details: Details,
        recipe: Recipe,
        files: ConvertedFiles,
    ) -> tuple[Details, Reason | None]:
        """What goes is what is judged. What was made before is made anew only where somebody has to look at it."""
        closely, made = UNSEEN, _as_converted(self._made_before(sound.content.sha256, recipe.key))
        if made is None or self._looks_closely(label):
            kept = files.make(file, sound.content.sha256, recipe)
            if isinstance(kept, Reason):
                return replace(details, width=sound.looks.width, height=sound.looks.height), kept
            made = kept.converted
            with open(kept.path, "rb") as going:
                closely = self._examined(going, label)
        notes, refused = self._policy.judged(Looks(made.width, made.height), made.content.size, label, closely)
        said = replace(
            details,
            width=made.width,
            height=made.height,
            notes=(*details.notes, *((FIRST_PAGE,) if made.is_first_page else ()), *notes),
            recipe=recipe.key,
            sent_sha256=made.content.sha256,
            sent_size=made.content.size,
            sent_format=made.content.format,
        )
        return said, refused

    def _asks_white(self, label: Label) -> bool:
        return label.is_primary and self._policy.asks(Code.NOT_WHITE)

    def _looks_closely(self, label: Label) -> bool:
        return self._pictures is not None and (self._asks_white(label) or self._policy.asks(Code.OTHER_BARCODE))

    def _examined(self, file: BinaryIO, label: Label) -> Closely:
        if self._pictures is None:
            return UNSEEN
        return Closely(
            self._pictures.white_share(file) if self._asks_white(label) else None,
            self._pictures.gtins(file) if self._policy.asks(Code.OTHER_BARCODE) else (),
        )

    def close(self) -> None:
        if self._pictures is not None:
            self._pictures.close()
        if self._converted is not None:
            self._converted.close()


def _as_converted(before: Details | None) -> Converted | None:
    if before is None:
        return None
    match before.width, before.height, before.sent_size, before.sent_sha256, before.sent_format:
        case int(width), int(height), int(size), str(sha256), Format() as kind:
            is_first_page = any(note.code == FIRST_PAGE.code for note in before.notes)
            return Converted(Content(size, sha256, kind), width, height, is_first_page)
    return None


UNJUDGED: Final = QualityCheck(NOTHING_SAID)
"""Only measured."""
