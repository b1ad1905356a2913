"""Where the Autobahn test suite comes from: a Python 2.7 of the machine's, and an environment of its own for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SUITE = "autobahntestsuite==25.10.1"
# The last version that makes environments for Python 2.7.
VIRTUALENV = "virtualenv==20.21.1"

# What the suite calls the groups that it runs here.
GROUPS = {
    1: "framing",
    2: "pings and pongs",
    3: "reserved bits",
    4: "opcodes",
    5: "fragmentation",
    6: "UTF-8",
    7: "closing",
    9: "limits and performance",
    10: "automatic fragmentation",
}


def find_python2() -> Path | None:
    """A Python 2.7 that runs. One on PATH may be pyenv's stand-in, which fails where no such version is selected."""
    on_path = shutil.which("python2.7")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [Path(on_path)] if on_path else []
    candidates += sorted(pyenv.glob("versions/2.7.*/bin/python2.7"), reverse=True)
    for candidate in candidates:
        try:
            answer = subprocess.run(
                [candidate, "-c", "import sys; print(sys.version_info[:2] == (2, 7))"], capture_output=True, text=True, timeout=60
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if answer.returncode == 0 and answer.stdout.strip() == "True":
            return candidate
    return None


def install(python2: Path, home: Path) -> Path:
    """Installs the suite where it is not installed yet; answers its program."""
    wanted = f"{python2} {VIRTUALENV} {SUITE}\n"
    stamp = home / "installed"
    wstest = home / "suite" / "bin" / "wstest"
    if wstest.exists() and stamp.exists() and stamp.read_text() == wanted:
        return wstest
    print(f"autobahn: installing {SUITE} for {python2} into {os.path.relpath(home)}; this takes about a minute", flush=True)
    shutil.rmtree(home, ignore_errors=True)
    run(sys.executable, "-m", "venv", home / "maker")
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    run(home / "maker" / "bin" / "python", *pip, VIRTUALENV)
    run(home / "maker" / "bin" / "virtualenv", "--quiet", "--no-periodic-update", "--python", python2, home / "suite")
    run(home / "suite" / "bin" / "python", *pip, "--no-python-version-warning", SUITE)
    stamp.write_text(wanted)
    return wstest


def run(*command: str | Path) -> None:
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        sys.exit(f"autobahn: error: could not install the suite: {error}")
