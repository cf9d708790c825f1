"""The results of the post, row by row, as it prints them.

Carlos Pena, "Python: Load Test with FastAPI - Sync vs Async", 2025-12-06. Every row ramped up for
1 s and stayed at full load for 30 s. Times are k6's, which prints two decimals.
"""

from labs.engine.declare.published import PostRow

ASYNC_SLEEP_1 = PostRow(
    title="async sleep, 1 worker", workers=1, vus=10_000,
    requests=67_607, failed=0, k6_rate_per_s=2044.475362,
    mean_s=4.67, min_s=2.48, p50_s=4.73,
    p90_s=5.28, p95_s=5.83, max_s=6.49, service_time_s=1.0, cpu_limited=True,
)  # fmt: skip
ASYNC_SLEEP_6 = PostRow(
    title="async sleep, 6 workers", workers=6, vus=10_000,
    requests=247_326, failed=0, k6_rate_per_s=7637.521367,
    mean_s=1.25, min_s=1.0, p50_s=1.21,
    p90_s=1.49, p95_s=1.55, max_s=1.93, service_time_s=1.0, cpu_limited=True,
)  # fmt: skip
SYNC_SLEEP_16 = PostRow(
    title="sync sleep, 16 workers", workers=16, vus=10_000,
    requests=29_200, failed=0, k6_rate_per_s=566.189121,
    mean_s=13.12, min_s=1.0, p50_s=14.05,
    p90_s=18.06, p95_s=18.98, max_s=21.07, service_time_s=1.0,
)  # fmt: skip
ANYIO_RUN_16 = PostRow(
    title="`anyio.run` in `def`, 16 workers", workers=16, vus=10_000,
    requests=29_200, failed=0, k6_rate_per_s=588.125895,
    mean_s=13.09, min_s=1.03, p50_s=14.15,
    p90_s=18.13, p95_s=19.02, max_s=19.24, service_time_s=1.0,
)  # fmt: skip
SYNC_MIX_16 = PostRow(
    title="mixed in `def`, 16 workers", workers=16, vus=10_000,
    requests=24_337, failed=0, k6_rate_per_s=485.549164,
    mean_s=15.65, min_s=5.0, p50_s=15.54,
    p90_s=19.71, p95_s=22.0, max_s=28.23, service_time_s=1.0,
)  # fmt: skip
ASYNC_MIX = PostRow(
    title="mixed in `async def`, workers not said", workers=None, vus=10_000,
    requests=9_992, failed=8_089, k6_rate_per_s=163.756346,
    mean_s=54.06, min_s=1.0, p50_s=59.98,
    p90_s=60.0, p95_s=60.0, max_s=60.0, service_time_s=1.0,
)  # fmt: skip
SYNC_SELECT_4 = PostRow(
    title="PostgreSQL select, sync, 4 workers", workers=4, vus=2_000,
    requests=36_601, failed=0, k6_rate_per_s=1123.598929,
    mean_s=1.7, min_s=0.02469, p50_s=1.75,
    p90_s=1.99, p95_s=2.03, max_s=2.2, service_time_s=0.0, cpu_limited=True,
)  # fmt: skip
ASYNC_SELECT_4 = PostRow(
    title="PostgreSQL select, async, 4 workers", workers=4, vus=2_000,
    requests=63_899, failed=0, k6_rate_per_s=2007.858967,
    mean_s=0.96704, min_s=0.00803, p50_s=0.97802,
    p90_s=1.08, p95_s=1.12, max_s=1.26, service_time_s=0.0, cpu_limited=True,
)  # fmt: skip

ROWS = (
    ASYNC_SLEEP_1, ASYNC_SLEEP_6, SYNC_SLEEP_16, ANYIO_RUN_16, SYNC_MIX_16,
    ASYNC_MIX, SYNC_SELECT_4, ASYNC_SELECT_4,
)  # fmt: skip
