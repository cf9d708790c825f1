"""The database's own limit: the service's select from C, with no web server in between."""

import re
import subprocess
from pathlib import Path

from labs.engine.errors import UsageError
from labs.engine.harness import postgres_cluster
from labs.engine.harness.postgres import Database
from labs.engine.paths import APP

SELECT_SQL = APP / "select.sql"


def transactions_per_s(database: Database, clients: int, seconds: int, folder: Path) -> float:
    """What pgbench reaches with that many clients. Raises UsageError if it fails."""
    script = folder / "pgbench.sql"
    script.write_text(SELECT_SQL.read_text().replace("%(user_id)s", ":user_id").replace("%(wait_s)s", "0"))
    argv = [
        str(database.binaries / "pgbench"), "--no-vacuum", "--protocol=prepared", "--define=user_id=1",
        f"--client={clients}", f"--time={seconds}", f"--file={script}", database.url,
    ]  # fmt: skip
    environment = postgres_cluster.environment()
    ended = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=seconds + 60)
    found = re.search(r"tps = ([\d.]+)", ended.stdout)
    if ended.returncode or found is None:
        raise UsageError(f"pgbench failed: {ended.stderr.strip()}")
    return float(found[1])
