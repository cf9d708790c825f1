"""The results of the post, row by row, as it prints them.

Carlos Pena, "Python: Load Test with FastAPI - Sync vs Async", 2025-12-06. Every row ramped for
1 s and held for 30 s. Times are k6's, which prints two decimals.
"""

from labs.runner.model import PostRow

TITLE = "Python: Load Test with FastAPI - Sync vs Async"
AUTHOR = "Carlos Pena"
DATE = "2025-12-06"

ASYNC_SLEEP_1 = PostRow(
    "async-sleep-1", "async sleep, 1 worker", 1, 10_000, 67_607, 0, 2044.475362,
    4.67, 2.48, 4.73, 5.28, 5.83, 6.49, 1.0,
)  # fmt: skip
ASYNC_SLEEP_6 = PostRow(
    "async-sleep-6", "async sleep, 6 workers", 6, 10_000, 247_326, 0, 7637.521367,
    1.25, 1.0, 1.21, 1.49, 1.55, 1.93, 1.0,
)  # fmt: skip
SYNC_SLEEP_16 = PostRow(
    "sync-sleep-16", "sync sleep, 16 workers", 16, 10_000, 29_200, 0, 566.189121,
    13.12, 1.0, 14.05, 18.06, 18.98, 21.07, 1.0,
)  # fmt: skip
ANYIO_RUN_16 = PostRow(
    "anyio-run-16", "`anyio.run` in `def`, 16 workers", 16, 10_000, 29_200, 0, 588.125895,
    13.09, 1.03, 14.15, 18.13, 19.02, 19.24, 1.0,
)  # fmt: skip
SYNC_MIX_16 = PostRow(
    "sync-mix-16", "mixed in `def`, 16 workers", 16, 10_000, 24_337, 0, 485.549164,
    15.65, 5.0, 15.54, 19.71, 22.0, 28.23, 1.0,
)  # fmt: skip
ASYNC_MIX = PostRow(
    "async-mix", "mixed in `async def`, workers not said", None, 10_000, 9_992, 8_089, 163.756346,
    54.06, 1.0, 59.98, 60.0, 60.0, 60.0, 1.0,
)  # fmt: skip
SYNC_SELECT_4 = PostRow(
    "sync-select-4", "PostgreSQL select, sync, 4 workers", 4, 2_000, 36_601, 0, 1123.598929,
    1.7, 0.02469, 1.75, 1.99, 2.03, 2.2, 0.0,
)  # fmt: skip
ASYNC_SELECT_4 = PostRow(
    "async-select-4", "PostgreSQL select, async, 4 workers", 4, 2_000, 63_899, 0, 2007.858967,
    0.96704, 0.00803, 0.97802, 1.08, 1.12, 1.26, 0.0,
)  # fmt: skip

ROWS = (
    ASYNC_SLEEP_1, ASYNC_SLEEP_6, SYNC_SLEEP_16, ANYIO_RUN_16, SYNC_MIX_16, ASYNC_MIX, SYNC_SELECT_4, ASYNC_SELECT_4,
)  # fmt: skip
