"""The routes that several labs ask for, declared once, each with the module of `app` that has it."""

from labs.engine.declare.service import Endpoint

ASYNC_SLEEP = Endpoint(path="/async_endpoint_async_processing", module="waiting", waits=1)
SYNC_SLEEP = Endpoint(path="/sync_endpoint_sync_processing", module="waiting", waits=1, holds_token=1)
# ms of await, then ms of time.sleep
ASYNC_MIX = Endpoint(path="/async_endpoint_mix_processing", module="waiting", waits=2, blocks_loop=1)
# ms of anyio.run, then ms of time.sleep, both while holding the token
SYNC_MIX = Endpoint(path="/sync_endpoint_mix_processing", module="waiting", waits=2, holds_token=2)
SYNC_SELECT = Endpoint(
    path="/sync_select",
    module="database",
    waits=1,
    holds_token=1,
    holds_connection=1,
    pool="sync",
    ms_parameter="wait_ms",
)
ASYNC_SELECT = Endpoint(
    path="/async_select", module="database", waits=1, holds_connection=1, pool="async", ms_parameter="wait_ms"
)
COMPUTE_INLINE = Endpoint(path="/cpu_inline", module="computing", waits=1, computes=1)
