"""A plain fuzzer for where atheris is not installed: it changes kept inputs at random, blind to what they reach."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence


def run(target: Callable[[bytes], None], kept: Sequence[bytes], seconds: float, seed: int) -> tuple[int, bytes | None]:
    """How many inputs were tried, and the one that failed, if one did."""
    chance, until, count = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < until:
        data = mutated(chance.choice(kept), chance.choice(kept), chance)
        count += 1
        try:
            target(data)
        except Exception:  # noqa: BLE001 -- any at all is what is looked for
            return count, data
    return count, None


def mutated(data: bytes, other: bytes, chance: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(result))
        match chance.randrange(5):
            case 0:
                result[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del result[at : at + chance.randint(1, 16)]
            case 2:
                result[at:at] = chance.randbytes(chance.randint(1, 4))
            case 3:
                start = chance.randint(0, len(other))
                result[at:at] = other[start : start + chance.randint(1, 32)]
            case _:
                result[at : at + 4] = chance.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1")
                )
    return bytes(result)
