"""Every foreign service with what is true of it, and the lines of its source or settings that say so.

Where a clock decides, what is slow is a few lines of ours in the place where the service runs its user's code: a plugin
of datasette, a model of BentoML. The limit is the service's own.
"""

from dataclasses import dataclass

from tests.zoo.services import CORE, LOOP, POOL, SHARED, TOKENS, Service

EXECUTOR = "thread pool executor"


@dataclass(frozen=True)
class Source:
    """`text` begins in that line of a file of the installed package; runs of blanks count as one."""

    file: str
    line: int
    text: str

    @property
    def shown(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """`{bin}` stands for the programs of its environment, `{here}` for this folder, `{work}` for an empty one.

    name, version  as on the package index
    what           what it is, and how it was asked
    besides        what is installed with it
    prepared_by    a script of this folder, run once in `{work}` by its interpreter
    options        of `invoke diagnose`
    limit          what is true, in words; `because` says how one knows, and `sources` where that stands
    truth          what a diagnosis has to say
    """

    name: str
    version: str
    what: str
    options: tuple[str, ...]
    limit: str
    because: str
    sources: tuple[Source, ...]
    truth: Service
    besides: tuple[str, ...] = ()
    prepared_by: str | None = None

    @property
    def folder(self) -> str:
        return self.name.replace(".", "-")

    @property
    def required(self) -> tuple[str, ...]:
        return (f"{self.name}=={self.version}", *self.besides)


FOREIGN = (
    Foreign(
        name="datasette",
        version="0.65.5",
        what="an SQL query that sleeps for 100 ms",
        options=(
            "--command={bin}/datasette serve --memory --plugins-dir datasette_plugins --host 127.0.0.1 --port {port}",
            "--dir={here}",
            "--path=/_memory.json?sql=select+nap(0.1)",
        ),
        limit="3 threads of an executor: 3 ÷ 100 ms = 30/s",
        because="its setting `num_sql_threads` is 3, and every query runs in that executor",
        sources=(
            Source("datasette/app.py", 104, '"num_sql_threads", 3,'),
            Source("datasette/app.py", 319, "self.executor = futures.ThreadPoolExecutor( max_workers=self.setting("),
        ),
        truth=Service(app="datasette", limits=(EXECUTOR,), never=(TOKENS,), size=3, held_s=0.1),
    ),
    Foreign(
        name="bentoml",
        version="1.4.40",
        what="a model that takes 200 ms, called by `POST`",
        options=(
            "--command={bin}/bentoml serve bentoml_nap:Nap --host 127.0.0.1 --port {port}",
            "--dir={here}",
            "--path=/predict",
            "--method=POST",
            "--header=content-type: application/json",
            '--body={"seconds": 0.2}',
            "--yes",
            "--env=BENTOML_DO_NOT_TRACK=true",
            "--env=BENTOML_HOME={work}",
        ),
        limit="a limiter of 1: 1 ÷ 200 ms = 5/s",
        because="its setting `threads` is 1, and a model's `def` methods run under a limiter of that size",
        sources=(
            Source("bentoml/_internal/configuration/v2/default_configuration.yaml", 5, "threads: 1"),
            Source("_bentoml_impl/server/app.py", 663, "self._limiter = anyio.CapacityLimiter(threads)"),
        ),
        truth=Service(app="bentoml", limits=("limiter",), never=(TOKENS, LOOP), size=1, held_s=0.2),
    ),
    Foreign(
        name="prefect",
        version="3.9.1",
        what="its server, a FastAPI application with SQLAlchemy on SQLite: a list of flows, asked by `POST`",
        options=(
            "--app=prefect.server.api.server:create_app",
            "--factory",
            "--python={bin}/python",
            "--dir={work}",
            "--path=/api/flows/filter",
            "--method=POST",
            "--header=content-type: application/json",
            "--body={}",
            "--yes",
            "--env=PREFECT_HOME={work}",
            "--env=PREFECT_SERVER_ANALYTICS_ENABLED=false",
            "--env=PREFECT_SERVER_UI_ENABLED=false",
            "--env=PREFECT__SERVER_WEBSERVER_ONLY=1",
        ),
        limit="one core: a worker has one interpreter lock, and nothing but computing takes long",
        because="the route is `async def`, and SQLite reads an empty table in the same process. A limiter of 100 "
        "requests and a pool of 15 connections would limit only if a request waited for something",
        sources=(
            Source("prefect/server/api/flows.py", 126, "async def read_flows("),
            Source("prefect/server/api/server.py", 1013, "app.add_middleware(RequestLimitMiddleware, limit=100)"),
            Source("sqlalchemy/pool/impl.py", 75, "pool_size: int = 5, max_overflow: int = 10,"),
        ),
        truth=Service(app="prefect", limits=(CORE,), or_limited_by=(SHARED,), never=(POOL, "limiter", LOOP)),
    ),
    Foreign(
        name="titiler.application",
        version="2.4.0",
        what="under gunicorn with uvicorn's worker: a map tile",
        besides=("gunicorn==27.0.1", "uvicorn-worker==0.4.0"),
        prepared_by="titiler_scene.py",
        options=(
            "--command={bin}/gunicorn titiler.application.main:app -k uvicorn_worker.UvicornWorker -w 1 "
            "-b 127.0.0.1:{port}",
            "--dir={work}",
            "--path=/cog/tiles/WebMercatorQuad/9/277/183.png?url=scene.tif",
        ),
        limit="the CPU: the machine's cores, or one core where the interpreter lock is held for most of a request",
        because="a tile is read, warped and compressed for each request, in a thread, since the route is `def`. GDAL "
        "reads without the interpreter lock (rasterio's documentation, Concurrent processing)",
        sources=(Source("titiler/core/factory.py", 866, "def tile("),),
        truth=Service(app="titiler.application", limits=(SHARED,), or_limited_by=(CORE,), never=(TOKENS, LOOP)),
    ),
)
