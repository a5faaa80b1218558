"""SIGKILL at every step of a photo's way, for every format: what is there in the end is there once, and known.

For each step a studio delivers six photos, one of each format. The service dies when the first reaches the step, is
started again, dies when the next one does, and so on: every start also has to settle what the last one left behind.
Then it is left in peace. Every photo's POSTs are known exactly: one more than once only where the first was not stored.
Two of the formats go as another file, which is made smaller.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

import pytest

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.state import Sandbox
from tests.support.engines import PLACES, THOROUGH
from tests.support.preloaded import Preloaded, preloading
from tests.support.proof import (
    assert_exactly_once,
    gtin14,
    record_named,
    sent_again,
    take_up_work,
    wait_for_ends,
    wide_sandbox,
)
from tests.support.studio import Place, Studio
from tests.support.waiting import PATIENCE_SECONDS, wait_for

AT_ONCE: Final = 3
PHOTO: Final = "__a__primary"
MAX_PIXELS: Final = 60
CONVERTED: Final = {Format.GIF: Format.PNG, Format.BMP: Format.JPEG}
"""What is too large, and what it goes as."""


@dataclass(frozen=True, slots=True)
class Crash:
    """``step``: one of ``tests.support.crashing``; empty: the service is killed from outside, when the sandbox has
    stored the photo and is silent. ``posts``: how often the whole photo arrives."""

    name: str
    step: str
    posts: int
    fault: Mapping[str, Any] = field(default_factory=dict)
    uploaded: Literal["move", "delete"] = "move"


CRASHES: Final = (
    Crash("before the enqueue commit", "before the enqueue commit", 1),
    Crash("after the enqueue commit", "after the enqueue commit", 1),
    Crash("before the claim commit", "before the claim commit", 1),
    Crash("after the claim commit, before the first byte", "after the claim commit", 1),
    Crash("in the middle of the body", "in the middle of the body", 1),
    Crash("after the last byte, stored", "after the last byte", 1),
    Crash("after the last byte, stored later", "after the last byte", 1, {"kind": "stall", "seconds": 0.4}),
    Crash("after the last byte, never stored", "after the last byte", 2, {"kind": "drop_after_body"}),
    Crash("stored, before the answer", "", 1, {"kind": "stall", "seconds": 60.0, "stored": True}),
    Crash("after the answer, before the image id is recorded", "before the image id is recorded", 1),
    Crash("before the image id's commit", "before the image id's commit", 1),
    Crash("after the image id is recorded", "after the image id is recorded", 1),
    Crash("after the move is recorded", "after the move is recorded", 1),
    Crash("after the move", "after the move", 1),
    Crash("after the deletion is recorded", "after the deletion is recorded", 1, uploaded="delete"),
    Crash("after the deletion", "after the deletion", 1, uploaded="delete"),
)


HEART: Final = (
    "before the claim commit",
    "after the claim commit, before the first byte",
    "stored, before the answer",
    "before the image id's commit",
)
"""What an engine has a part in."""
FEW: Final = (Format.JPEG, Format.GIF)
SCOPES: Final[Mapping[str, tuple[tuple[Crash, ...], tuple[Format, ...]]]] = {
    "sqlite": (CRASHES, tuple(Format)),
    "postgres": (CRASHES, tuple(Format)) if THOROUGH else (tuple(one for one in CRASHES if one.name in HEART), FEW),
}
"""What is tried on which engine, and with photos of which formats."""


class Story:
    """A studio whose service dies once for each of its photos, and then settles them."""

    def __init__(
        self,
        crash: Crash,
        formats: Sequence[Format],
        home: Path,
        sandbox: Sandbox,
        place: Place | None,
        first_product: int,
        starter: bytes,
    ) -> None:
        home.mkdir()
        self._starter = starter
        self.crash = crash
        self.studio = Studio(home, sandbox, place)
        self.gtins = {format_: gtin14(first_product + number) for number, format_ in enumerate(formats)}
        self.studio.configure(
            account=f'organization_id = "{sandbox.organization_id}"',
            delivery={"concurrency": 1, "confirm_after_seconds": 0.3, "read_seconds": 90.0},
            after={"uploaded": crash.uploaded},
            convert={"max_pixels": MAX_PIXELS},
        )

    def name(self, format_: Format) -> str:
        return f"{self.gtins[format_]}{PHOTO}.{format_}"

    def data(self, format_: Format) -> bytes:
        width = MAX_PIXELS if format_ in CONVERTED else MAX_PIXELS // 2  # of four, three wide
        return photo_bytes(format_, seed=int(self.gtins[format_]) % 100_000, width=width)

    def happen(self) -> Self:
        take_up_work(self.studio)
        marks = self.studio.home / "marks"
        marks.mkdir()
        for dead, (format_, gtin) in enumerate(self.gtins.items(), start=1):
            if self.crash.fault:
                self.studio.sandbox.faults.add(route="upload", gtin=gtin, **self.crash.fault)
            self.studio.export(self.name(format_), self.data(format_))
            if self.crash.step:
                with self._doomed(marks) as process:
                    assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL, self.studio.told()
                assert len(list(marks.iterdir())) == dead
            else:
                with self._service() as process:
                    self._wait_until_stored(dead)
                    assert process.end(signal.SIGKILL) == -signal.SIGKILL
        with self._service() as process:
            wait_for(lambda: f'"pid": {process.pid}' in self.studio.told(), "the service has started")
            wait_for_ends(self.studio, 1 + len(self.gtins))
            wait_for(lambda: not list(self.studio.folder.glob(f"*{PHOTO}*")), "the files are put away")
            assert process.end(signal.SIGTERM) == 0
        return self

    def _doomed(self, marks: Path) -> Preloaded:
        return self._started("tests.support.crashing", self.crash.step, str(marks))

    def _service(self) -> Preloaded:
        return self._started("folder_sync.cli")

    def _started(self, program: str, *arguments: str) -> Preloaded:
        with self.studio.log.open("ab") as log:
            return Preloaded(
                self._starter,
                program,
                [*arguments, "--config", str(self.studio.config), "run"],
                error=log,
                env=self.studio.environment(),
            )

    def _wait_until_stored(self, count: int) -> None:
        ours = self.gtins.values()
        ledger = self.studio.sandbox.ledger
        wait_for(lambda: sum(arrival.gtin in ours for arrival in ledger.stored) == count, "one more photo is stored")


@dataclass(frozen=True, slots=True)
class Matrix:
    sandbox: Sandbox
    stories: Mapping[str, Future[Story]]


@pytest.fixture(scope="module")
def matrices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Matrix]]:
    """By engine. All at work at the same time; asking for one story waits for its end."""
    with ExitStack() as stack:
        starter = stack.enter_context(preloading())
        sandboxes = {engine: stack.enter_context(wide_sandbox()) for engine in SCOPES}
        places = {
            (engine, crash.name): stack.enter_context(PLACES[engine]())
            for engine, (crashes, _) in SCOPES.items()
            for crash in crashes
        }
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        matrices = {}
        for engine, (crashes, formats) in SCOPES.items():
            home, sandbox = tmp_path_factory.mktemp(engine), sandboxes[engine]
            matrices[engine] = Matrix(
                sandbox,
                {
                    crash.name: pool.submit(
                        Story(
                            crash,
                            formats,
                            home / str(number),
                            sandbox,
                            places[engine, crash.name],
                            number * len(formats),
                            starter,
                        ).happen
                    )
                    for number, crash in enumerate(crashes)
                },
            )
        yield matrices


TRIALS: Final = [
    pytest.param(engine, crash, format_, id=f"{engine}-{crash.name}-{format_}")
    for engine, (crashes, formats) in SCOPES.items()
    for crash in crashes
    for format_ in formats
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("engine", "crash", "format_"), TRIALS)
def test_killed_and_still_exactly_once(
    matrices: Mapping[str, Matrix], engine: str, crash: Crash, format_: Format
) -> None:
    story = matrices[engine].stories[crash.name].result()
    studio, sandbox = story.studio, story.studio.sandbox
    record = record_named(studio, story.name(format_))
    assert_exactly_once(sandbox, record)
    (image,) = sandbox.images(story.gtins[format_])
    assert (image.id, image.is_primary, image.format) == (record.image_id, True, CONVERTED.get(format_, format_))
    assert (record.sent_sha256 != record.sha256) is (format_ in CONVERTED)
    arrivals = [arrival for arrival in sandbox.ledger.arrivals if arrival.gtin == story.gtins[format_]]
    assert len(arrivals) == crash.posts
    if crash.uploaded == "move":
        path = studio.folder / "uploaded" / story.name(format_)
        assert record.path == os.fsencode(path)
        assert path.read_bytes() == story.data(format_)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", SCOPES)
def test_nothing_was_sent_again_after_it_was_stored(matrices: Mapping[str, Matrix], engine: str) -> None:
    sandbox, (crashes, formats) = matrices[engine].sandbox, SCOPES[engine]
    wait(matrices[engine].stories.values())
    assert sent_again(sandbox) == []
    assert len(sandbox.ledger.stored) == len(crashes) * len(formats)
    assert sandbox.faults.pending == ()
