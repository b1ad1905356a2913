"""A small HTTP server that answers as a test says: a webhook, or whoever publishes keys."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# A handler that hangs is let go by then, whatever a test forgot.
HANG_LIMIT = 20.0


class Service:
    """Use it with `with`. What it was asked is in `asked`: the method, the path, the fields in lower case, and the body."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self._answer: tuple[int, bytes, dict[str, str]] = (404, b"", {})
        self._released = threading.Event()
        self._released.set()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.respond(b"")

            def do_POST(self) -> None:
                self.respond(self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def respond(self, body: bytes) -> None:
                fields = {name.lower(): value for name, value in self.headers.items()}
                service.asked.append((self.command, self.path, fields, body))
                service._released.wait(HANG_LIMIT)
                status, answer, extra = service._answer
                try:
                    self.send_response(status)
                    for name, value in extra.items():
                        self.send_header(name, value)
                    if status != 204:
                        self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    # Whoever asked has given up.
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def answer(self, status: int, body: Any = b"", **fields: str) -> None:
        """From now on. What is no bytes is sent as JSON."""
        self._answer = (status, body if isinstance(body, bytes) else json.dumps(body).encode(), fields)
        self._released.set()

    def hang(self) -> None:
        """Takes requests, and answers none."""
        self._released.clear()

    def __enter__(self) -> "Service":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
