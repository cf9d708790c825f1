import time


class CpuPerRequest:
    """How many CPU seconds this worker has spent per request since it was last asked."""

    def __init__(self) -> None:
        self.responses = 0
        self.since_s = time.process_time()

    def count(self) -> None:
        self.responses += 1

    def per_request_s(self) -> float | None:
        now_s = time.process_time()
        found = (now_s - self.since_s) / self.responses if self.responses else None
        self.responses, self.since_s = 0, now_s
        return found
