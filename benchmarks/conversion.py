"""How long a TIFF of 24 megapixels takes to become a JPEG in sRGB, beside the faster of libvips and ImageMagick."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from PIL import Image, ImageFilter

from benchmarks.figures import Figure
from folder_sync.files.pictures.conversion_process import Converted, Converter
from folder_sync.rules.conversion import Recipe, Source
from tests.support import colours

SIZE: Final = (6000, 4000)
QUALITY: Final = 92
MOST: Final = 100_000_000


def measure(home: Path, rounds: int) -> list[Figure]:
    profile = home / "srgb.icc"
    shutil.copy(Path(colours.__file__).parents[2] / "folder_sync" / "files" / "pictures" / "srgb.icc", profile)
    adobe = colours.matrix_profile(colours.ADOBE_RGB, colours.ADOBE_GAMMA, "Adobe RGB")
    picture = _photograph()
    kinds = {
        "sRGB, LZW": _saved(home / "plain.tif", picture, compression="tiff_lzw"),
        "Adobe RGB, not compressed": _saved(home / "adobe.tif", picture, icc_profile=adobe),
        "CMYK, LZW": _saved(
            home / "inks.tif", picture.convert("CMYK"), compression="tiff_lzw", icc_profile=colours.cmyk_profile()
        ),
    }
    converter = Converter()
    figures = []
    try:
        for name, file in kinds.items():
            peers = {
                "vips": _vips(file, profile, home / "vips.jpg"),
                "ImageMagick": _imagemagick(file, profile, home / "magick.jpg"),
            }
            ours: list[float] = []
            theirs: dict[str, list[float]] = {peer: [] for peer, command in peers.items() if shutil.which(command[0])}
            for _ in range(rounds):  # in turns, for the machine has other things to do
                ours.append(_converted(converter, file))
                for peer, samples in theirs.items():
                    samples.append(_ran(peers[peer]))
            best = min(theirs, key=lambda peer: median(theirs[peer]), default="vips")
            title = f"a TIFF of 24 megapixels: {name}"
            figures.append(Figure(title, "s", ours, best, theirs.get(best, []), "within 1.5 times"))
    finally:
        converter.close()
    return figures


def _photograph() -> Image.Image:
    """As hard to pack as one: soft shapes with some grain."""
    size = (SIZE[0] // 4, SIZE[1] // 4)
    shapes = [Image.effect_noise(size, 90).filter(ImageFilter.GaussianBlur(20)).resize(SIZE) for _ in range(3)]
    grain = Image.effect_noise(SIZE, 12)
    return Image.merge("RGB", [Image.blend(shape, grain, 0.25) for shape in shapes])


def _saved(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, "TIFF", **options)
    return path


def _vips(file: Path, profile: Path, out: Path) -> list[str]:
    """The picture's own profile is used where it has one; without, ``copy`` leaves the numbers as they are."""
    with Image.open(file) as image:
        has_profile = "icc_profile" in image.info
    target = f"{out}[Q={QUALITY},subsample_mode=off,strip]"
    if not has_profile:
        return ["vips", "copy", str(file), target]
    how = ["--embedded", "--intent", "relative", "--black-point-compensation"]
    return ["vips", "icc_transform", str(file), target, str(profile), *how]


def _imagemagick(file: Path, profile: Path, out: Path) -> list[str]:
    quality = ["-quality", str(QUALITY), "-sampling-factor", "4:4:4"]
    return ["convert", f"{file}[0]", "-profile", str(profile), *quality, str(out)]


def _ran(command: Sequence[str]) -> float:
    """Behind everybody else, as the process that converts: else a busy machine is what is measured."""
    begun = time.monotonic()
    subprocess.run(["nice", "-n", "10", *command], check=True, capture_output=True)
    return time.monotonic() - begun


def _converted(converter: Converter, file: Path) -> float:
    with file.open("rb") as source, (file.with_suffix(".jpg")).open("w+b") as out:
        begun = time.monotonic()
        made = converter.convert(source, Recipe(Source.TIFF, 0, QUALITY), MOST, out)
        took = time.monotonic() - begun
    if not isinstance(made, Converted):
        raise SystemExit(f"{file} was not converted: {made.message}")
    return took
