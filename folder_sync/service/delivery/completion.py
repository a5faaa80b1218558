"""Whether an upload may be sent to its end: only by a run that can record what becomes of it."""

from __future__ import annotations

from collections.abc import Callable


class Completion:
    """``holds``: whether the records are this run's, as far as they know."""

    def __init__(self, holds: Callable[[], bool]) -> None:
        self._holds = holds
        self._is_over = False

    @property
    def is_over(self) -> bool:
        return self._is_over

    def end(self) -> None:
        """The run is over, and the next one asks what became of its requests.

        A large photo over a slow uplink goes on in its thread; complete, it would arrive after it was found absent.
        """
        self._is_over = True

    def is_allowed(self) -> bool:
        """Asked before the last chunk: until that has gone, the server has nothing to make an image of."""
        return not self._is_over and self._holds()
