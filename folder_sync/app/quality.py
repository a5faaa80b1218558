"""What a photo should be, as the settings say, and who looks into photos for that."""

from __future__ import annotations

from folder_sync.errors import ConfigInvalid
from folder_sync.files.pictures import decoders
from folder_sync.files.pictures.converted_files import ConvertedFiles
from folder_sync.files.pictures.picture_process import PictureProcess
from folder_sync.rules.conversion import Conversion, Source
from folder_sync.rules.quality import Code, Mode, Policy
from folder_sync.service.intake.quality_check import QualityCheck
from folder_sync.settings import Settings
from folder_sync.store.conversions import Conversions


def quality_of(settings: Settings) -> Policy:
    table = settings.quality
    modes = {code: Mode(getattr(table, code.value)) for code in Code}
    return Policy(modes, table.min_pixels, int(table.heavy_megabytes * 1_000_000))


def conversion_of(settings: Settings) -> Conversion:
    table = settings.convert
    formats = frozenset(map(Source, table.formats))
    return Conversion(formats, max_pixels=table.max_pixels, srgb=table.srgb, quality=table.jpeg_quality)


def quality_check_of(settings: Settings, converted: ConvertedFiles, conversions: Conversions) -> QualityCheck:
    """Raises ConfigInvalid."""
    if settings.quality.other_barcode != "off":
        from folder_sync.files.pictures import barcodes  # noqa: PLC0415 -- with a megabyte of what only its child needs

        if (lack := barcodes.lacking()) is not None:
            raise ConfigInvalid(*lack)
    for source in map(Source, settings.convert.formats):
        if (lack := decoders.lacking(source)) is not None:
            raise ConfigInvalid(*lack)
    pictures = PictureProcess()  # which starts when it is first asked
    return QualityCheck(
        quality_of(settings),
        pictures,
        drops_location=settings.convert.drop_location,
        conversion=conversion_of(settings),
        converted=converted,
        made_before=conversions.made_before,
    )
