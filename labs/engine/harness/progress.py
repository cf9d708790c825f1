"""What the harness tells whoever watches it work."""

from typing import Protocol


class Progress(Protocol):
    def stage(self, text: str) -> None: ...

    def tick(self, elapsed_s: float, total_s: float, vus: int, completed: int, failed: int) -> None: ...
