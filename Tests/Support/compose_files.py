"""The compose files as docker-compose reads them."""

import functools
import shutil
import subprocess
import tempfile
from typing import Any

import yaml

from server_process import REPOSITORY, clean_environment


def resolved(file: str, **settings: str) -> dict[str, Any]:
    """A compose file with these settings in the shell and no others."""
    return yaml.safe_load(_config(file, tuple(sorted(settings.items()))))


# It takes most of a second.
@functools.cache
def _config(file: str, settings: tuple[tuple[str, str], ...]) -> str:
    command = shutil.which("docker-compose")
    assert command, "no docker-compose on PATH: run scripts/setup"
    # An empty one, so that a developer's own .env does not take part.
    with tempfile.NamedTemporaryFile(suffix=".env") as env_file:
        arguments = [command, "-f", file, "--env-file", env_file.name, "config"]
        run = subprocess.run(arguments, cwd=REPOSITORY, env=clean_environment(**dict(settings)), capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout
