"""Servers that ask for an access key."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server_process import binary, clean_environment

LIMIT = 20.0


class KeyedServer:
    """A server that mints codes for one key, and redeems them for it too if `redeems`."""

    def __init__(self, start_server: Callable[..., Any], folder: Path, redeems: bool = False) -> None:
        command = [str(binary()), "key", "new", "tester"]
        made = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=LIMIT, check=True).stdout
        line = re.search(r"^tester [0-9a-f]{64}$", made, re.MULTILINE)
        key = re.search(r"(?<![\w-])[\w-]{43}(?![\w-])", made)
        assert line and key, made
        self.key = key[0]
        file = folder / "keys"
        file.write_text(f"{line[0]}\n")
        server = start_server(AUTH="key", API_KEYS_FILE=str(file), AUTH_REDEEM=str(redeems).lower())
        self.url = server.url
