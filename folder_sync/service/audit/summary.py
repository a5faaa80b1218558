"""What came of an audit."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class AuditSummary:
    """``products``: those to be asked for; ``asked``: those that were; ``checked``: images that were held against
    records; ``mended``: differences that delivery will fix; ``failed``: a product could not be asked for, and
    not for want of quota; ``stopped``: why it ended before its end."""

    products: int = 0
    checked: int = 0
    mended: int = 0
    failed: bool = False
    asked: int = 0
    stopped: list[str] = field(default_factory=list)

    @property
    def unasked(self) -> int:
        return self.products - self.asked
