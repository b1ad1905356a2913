"""nginx in front of the nodes, one after the other in turn."""

import asyncio
from pathlib import Path

from nginx_command import nginx_command
from other_process import OtherProcess
from ports import free_port

START_LIMIT = 5.0
CONFIGURATION = """
    upstream nodes {{
{servers}
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://nodes;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $http_connection;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_connect_timeout 1s;
            proxy_read_timeout 60s;
        }}
    }}
"""


class Nginx(OtherProcess):
    """Use it with `async with`."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        # Where one refuses, the next is asked at once. None is left out for failing: of a connection that is upgraded nginx finds only
        # at its end that it was a success, so that a node which has come back would be given one in each fail_timeout.
        servers = "\n".join(f"        server 127.0.0.1:{port} max_fails=0;" for port in ports)
        http = CONFIGURATION.format(port=self.port, servers=servers)
        super().__init__(nginx_command(folder, http, connections=8192), folder / "nginx.log")
        self._errors = folder / "error.log"

    async def __aenter__(self) -> "Nginx":
        self.launch()
        deadline = asyncio.get_running_loop().time() + START_LIMIT
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return self
            except OSError:
                assert self.is_running and asyncio.get_running_loop().time() < deadline, f"nginx does not start: {self.errors()}"
                await asyncio.sleep(0.02)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    def errors(self) -> str:
        return self.log() + (self._errors.read_text(errors="replace") if self._errors.exists() else "")
