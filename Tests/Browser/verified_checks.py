"""A page that runs the checks of Tests/JavaScript on the modules of verified pairing, from a server of the test's own."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from chromium import PLAIN_HOST
from server_process import REPOSITORY

OWN = "/Tests/Browser/verified"
NODES = "/Tests/JavaScript/support/verified/module.js"
CLIENT = REPOSITORY / "Web" / "client"


def page() -> str:
    parts = [CLIENT / "verified.js", *sorted((CLIENT / "verified").iterdir())]
    parts += [CLIENT / "modules" / name for name in ("comparison.js", "fingerprints.js")]
    paths = json.dumps([f"/{path.relative_to(REPOSITORY)}" for path in parts])
    imports = json.dumps({"imports": {"node:assert/strict": f"{OWN}/assert.js"}})
    return (
        f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="importmap">{imports}</script>'
        f'<script>globalThis.parts = {paths};</script><script type="module" src="{OWN}/run.js"></script>'
    )


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            content = page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        if self.path == NODES:
            self.path = f"{OWN}/module.js"
        super().do_GET()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def checks_page(tls: tuple[Path, Path] | None) -> Iterator[str]:
    """Its address: https with a certificate and a key, otherwise plain http at a name that is not known to be this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(REPOSITORY)))
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://{PLAIN_HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
