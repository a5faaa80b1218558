"""A quick service at work as a program of its own, past its first start, beside a sandbox without limits."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from folder_sync.photo import Record, State
from folder_sync.sandbox.state import Sandbox
from tests.support.proof import assert_exactly_once, gtin14, sent_again, take_up_work
from tests.support.studio import Process, Studio
from tests.support.waiting import wait_for

READ_SECONDS: Final = 2.0
"""What a request on loopback never takes, however busy the machine."""


def configure(studio: Studio, *, superseded: str = "keep", **delivery: object) -> None:
    quick = {"retry_base_seconds": 0.05, "retry_max_seconds": 0.1, "confirm_after_seconds": 0.3}
    studio.configure(
        account=f'organization_id = "{studio.sandbox.organization_id}"',
        delivery={"read_seconds": READ_SECONDS, **quick, **delivery},
        after={"superseded": superseded},
    )


@dataclass(frozen=True, slots=True)
class Working:
    studio: Studio
    process: Process

    @property
    def sandbox(self) -> Sandbox:
        return self.studio.sandbox

    def deliver(self, name: str, data: bytes | None = None, number: int = 1) -> Path:
        """A photo of the ``number``-th product."""
        return self.studio.export(f"{gtin14(number)}__{name}.jpg", data)

    def wait_for_arrivals(self, count: int) -> None:
        """And the requests that brought them have ended: what a test changes then changes nothing for them."""

        def ended() -> int:
            return sum(call.method == "POST" for call in self.sandbox.ledger.calls)

        wait_for(lambda: ended() >= count, f"{count} photos have arrived")
        assert len(self.sandbox.ledger.arrivals) >= count

    def deliver_in_vain(self, name: str, *, stored: bool = True) -> Path:
        """The answer to its upload is lost, and so is that to every question what became of it, until the sandbox's
        ``faults.clear()``: whatever a test does before that comes before the first question."""
        self.sandbox.faults.add("drop_after_store" if stored else "drop_after_body", route="upload")
        self.sandbox.faults.add("drop_before_body", route="list", count=None)
        path = self.deliver(name)
        self.wait_for_arrivals(1)
        return path

    def wait_until_stored(self, count: int) -> None:
        """Not only arrived: it is an image by now, made at the server's time of then."""
        wait_for(lambda: len(self.sandbox.ledger.stored) == count, f"{count} images have been made")

    def wait_until_uploaded(self, path: Path) -> Record:
        """And seen to be there exactly once."""
        record = self.studio.wait_for_state(path, State.UPLOADED)
        assert_exactly_once(self.sandbox, record)
        return record

    def wait_until_left_to_people(self, path: Path) -> None:
        def left() -> bool:
            record = self.studio.record(path)
            return record is not None and record.state is State.UNCONFIRMED and record.reason is not None

        wait_for(left, "it waits for a person")
        assert "neither the bytes nor the time can tell" in self.story(path)

    def story(self, path: Path) -> str:
        """Everything that a photo's history says."""
        return self.studio.command("show", str(path)).stdout

    @property
    def whoamis(self) -> list[int | None]:
        """How the questions whose key this is were answered."""
        return [call.status for call in self.sandbox.ledger.calls if call.path.endswith("/whoami")]

    @property
    def lists(self) -> list[int | None]:
        """How the questions for a product's images were answered."""
        calls = self.sandbox.ledger.calls
        return [call.status for call in calls if call.method == "GET" and call.path.endswith("/images")]


@contextmanager
def working_service(studio: Studio) -> Iterator[Working]:
    """As it is configured. At the end nothing was sent again, and it stops when it is told to."""
    take_up_work(studio)
    with studio.start("run") as process:
        wait_for(lambda: '"service_started"' in studio.told(), "the service has started")
        wait_for(lambda: bool(studio.sandbox.ledger.calls), "whose the key is has been asked")
        yield Working(studio, process)
        assert sent_again(studio.sandbox) == []
        assert process.end(signal.SIGTERM) == 0
