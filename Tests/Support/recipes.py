"""Programs of others that stand in front of servers, each started by a file of deploy/: only addresses and the places of files are others."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server_process import REPOSITORY

START_LIMIT = 10.0
STOP_LIMIT = 10.0

# nginx insists on folders for what it never writes here.
NGINX_FOLDERS = "".join(f"{kind}_temp_path FOLDER/{kind};" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))


@dataclass(frozen=True)
class Recipe:
    program: str
    file: str
    # What is replaced, once each, in the text of the recipe. Names in capitals, such as FOLDER and PORT, stand for what is the test's.
    replaced: Mapping[str, str]
    # What starts it in the foreground, behind the program's name. FILE and FOLDER stand for those of the test.
    arguments: Sequence[str]

    @property
    def text(self) -> str:
        return (REPOSITORY / self.file).read_text()

    def filled(self, text: str, **values: str) -> str:
        """The recipe's text with everything replaced, and with these values for the names in capitals."""
        for there, here in self.replaced.items():
            assert text.count(there) == 1, f"{self.file} has {there!r} {text.count(there)} times"
            for name, value in values.items():
                here = here.replace(name, value)
            text = text.replace(there, here)
        return text

    def path(self) -> str:
        """The program's, which scripts/setup may have unpacked."""
        found = shutil.which(self.program, path=f"{os.environ['PATH']}:/usr/sbin:{REPOSITORY / '.venv' / 'bin'}")
        assert found, f"no {self.program} on PATH: run scripts/setup"
        return found


@dataclass(frozen=True)
class Front:
    """What stands in front of servers and runs."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Ends it; then its logs are complete."""
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.process.args} was still running {STOP_LIMIT:.0f} s after SIGTERM") from None

    def logs(self) -> dict[str, str]:
        return {file.name: file.read_text(errors="replace") for file in self.folder.glob("*.log")}


@contextlib.contextmanager
def running(recipe: Recipe, folder: Path, port: int, text: str) -> Iterator[Front]:
    """Started by this text of the recipe's, in which it listens on this port of loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / Path(recipe.file).name
    file.write_text(text)
    arguments = [argument.replace("FOLDER", str(folder)).replace("FILE", str(file)) for argument in recipe.arguments]
    # Caddy keeps files of its own where these say.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [recipe.path(), *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    front = Front(port, folder, process)
    try:
        _wait_until_it_listens(front)
        yield front
    except BaseException:
        # What went wrong is not how it ends.
        process.kill()
        process.wait()
        raise
    front.stop()


def _wait_until_it_listens(front: Front) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", front.port), timeout=1):
            return
        code = front.process.poll()
        assert code is None, f"it ended with code {code}: {front.logs()}"
        time.sleep(0.02)
    raise AssertionError(f"it did not listen within {START_LIMIT:.0f} s: {front.logs()}")
