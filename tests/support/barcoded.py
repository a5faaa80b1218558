"""Pictures with a barcode in them, drawn: as they come from a camera, turned, seen from the side, unsharp and noisy."""

from __future__ import annotations

import io
import random

import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from folder_sync.rules.names.gtin import check_digit

DIGITS = {"EAN13": 13, "UPCA": 12, "EAN8": 8, "ITF14": 14, "DataBarOmni": 14, "QRCode": 14}
SIZE = (1600, 1200)


def drawn(kind: str, rng: random.Random) -> tuple[Image.Image, str]:
    """The barcode alone, and its GTIN-14. A QR code holds a GS1 Digital Link."""
    body = rng.choice("123456789") + "".join(rng.choices("0123456789", k=DIGITS[kind] - 2))
    gtin = body + check_digit(body)
    text = f"https://id.example.com/01/{gtin}/10/LOT7" if kind == "QRCode" else gtin
    picture = barcode(text, kind)
    if picture.height * 4 < picture.width:
        picture = picture.resize((picture.width, picture.width // 2))
    return picture.convert("RGB"), gtin.zfill(14)


def barcode(text: str, kind: str) -> Image.Image:
    code = memoryview(zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind)).to_image(scale=8))
    height, width = code.shape or ()
    return Image.frombytes("L", (width, height), code.tobytes())


def photographed(kind: str, rng: random.Random, *, hard: bool) -> tuple[bytes, str]:
    """A JPEG of a pack with other things around, and the GTIN-14 of the barcode on it."""
    code, gtin = drawn(kind, rng)
    width = int(SIZE[0] * rng.uniform(0.15, 0.5))
    code = code.resize((width, code.height * width // code.width), Image.Resampling.LANCZOS)
    code = ImageOps.expand(code, width // 12, "white")
    if hard:
        code = _seen_from_the_side(code, rng)
    ground = Image.effect_noise(SIZE, 30).convert("RGB").filter(ImageFilter.GaussianBlur(6))
    draw = ImageDraw.Draw(ground)
    for _ in range(30):
        x, y = rng.randrange(SIZE[0]), rng.randrange(SIZE[1])
        colour = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
        draw.rectangle((x, y, x + rng.randrange(300), y + rng.randrange(200)), fill=colour)
        draw.text((rng.randrange(SIZE[0]), rng.randrange(SIZE[1])), "BEST BEFORE 12 2027 LOT 889")
    place = (rng.randrange(max(SIZE[0] - code.width, 1)), rng.randrange(max(SIZE[1] - code.height, 1)))
    ground.paste(code, place)
    if hard:
        ground = ground.filter(ImageFilter.GaussianBlur(rng.uniform(0.0, 1.6)))
        ground = Image.blend(ground, Image.effect_noise(SIZE, 90).convert("RGB"), rng.uniform(0.0, 0.18))
    out = io.BytesIO()
    ground.save(out, "JPEG", quality=rng.choice([70, 85, 92]))
    return out.getvalue(), gtin


def _seen_from_the_side(code: Image.Image, rng: random.Random) -> Image.Image:
    across, down = code.width, code.height
    slip = [rng.uniform(-0.06, 0.06) for _ in range(8)]
    corners = [0.0, 0.0, 0.0, down, across, down, across, 0.0]
    quad = [corner + slip[at] * (down if at % 2 else across) for at, corner in enumerate(corners)]
    code = code.transform(code.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor="white")
    turn = rng.choice([0, 90, 180, 270]) + rng.uniform(-12.0, 12.0)
    code = code.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    return ImageOps.mirror(code) if rng.random() < 0.2 else code


def striped(rng: random.Random) -> bytes:
    """A shirt: bars that mean nothing."""
    picture = Image.effect_noise(SIZE, rng.randrange(20, 120)).convert("RGB")
    draw, x = ImageDraw.Draw(picture), 0
    while x < SIZE[0]:
        width = rng.randrange(2, 14)
        draw.rectangle((x, 200, x + width, 1000), fill="black")
        x += width + rng.randrange(2, 14)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()
