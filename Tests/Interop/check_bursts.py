"""After a burst of mints from as many client addresses, and another one, the server's tables are empty and its memory has not grown.

    python3 Tests/Interop/check_bursts.py BINARY [COUNT]

Each request mints an eight-digit code for an address of its own (X-Forwarded-For from loopback, which is trusted), so one burst fills
the code table and a limiter table. COUNT is 1,000,000 unless given; it takes about six minutes.
"""

import re
import socket
import sys
import time
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

# Run as a script, so pytest.ini's search path is not in force.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))

from server_process import ServerProcess  # noqa: E402

# Long enough for the whole burst to be live at once, short enough to wait for.
TTL = 75
BATCH = 200
CONNECTIONS = 4


def main() -> int:
    count = int(sys.argv[2].replace(",", "")) if len(sys.argv) > 2 else 1_000_000
    with TemporaryDirectory() as folder:
        server = ServerProcess(
            Path(folder) / "log", binary_path=sys.argv[1], CODE_DIGITS="8", HTTP_RATE_PER_MIN="1000000", ROOM_TTL="10m"
        )
        try:
            first = burst(server, count, "first")
            second = burst(server, count, "second")
        finally:
            code = server.stop()
    grown = second - first
    print(f"peak memory after the first burst {first / 1e6:.1f} MB, after the second {second / 1e6:.1f} MB: {grown / 1e6:+.1f} MB")
    if code != 0:
        print(f"FAILED: the server ended with code {code}")
        return 1
    # A page or two of a thread's stack is no growth of a table: one entry a client would be a hundred times as much.
    if grown > first * 0.01:
        print("FAILED: the second burst raised the peak")
        return 1
    return 0


def burst(server: ServerProcess, count: int, name: str) -> int:
    start = time.monotonic()
    sockets = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(CONNECTIONS)]
    sent = 0
    while sent < count:
        for connection in sockets:
            requests = b"".join(mint(sent + index) for index in range(min(BATCH, count - sent)))
            connection.sendall(requests)
            expect(connection, requests.count(b"POST "))
            sent += requests.count(b"POST ")
        if sent % 100_000 < CONNECTIONS * BATCH:
            print(f"{name} burst: {sent:,} of {count:,} minted, {time.monotonic() - start:.0f} s", flush=True)
    for connection in sockets:
        connection.close()
    figures = metrics(server)
    took = time.monotonic() - start
    print(f"{name} burst: {figures['nt_codes_active']:,.0f} codes live, {figures['nt_limiter_keys']:,.0f} limiter windows, after {took:.0f} s")
    if took < 55 and (figures["nt_codes_active"] != count or figures["nt_limiter_keys"] != count):
        raise SystemExit("FAILED: not every request left its entry")
    deadline = time.monotonic() + TTL + 90
    while figures["nt_codes_active"] or figures["nt_limiter_keys"]:
        if time.monotonic() > deadline:
            raise SystemExit(f"FAILED: still {figures['nt_codes_active']:,.0f} codes and {figures['nt_limiter_keys']:,.0f} windows")
        time.sleep(1)
        figures = metrics(server)
    status = Path(f"/proc/{server.pid}/status").read_text()
    peak, resident = (int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) * 1024 for field in ("VmHWM", "VmRSS"))
    print(f"{name} burst: tables empty after {time.monotonic() - start:.0f} s, resident {resident / 1e6:.1f} MB, peak {peak / 1e6:.1f} MB")
    return peak


def mint(number: int) -> bytes:
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    body = b'{"ttl":%d}' % TTL
    return b"POST /rendezvous/code HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\nContent-Length: %d\r\n\r\n%s" % (address.encode(), len(body), body)


def expect(connection: socket.socket, answers: int) -> None:
    received = b""
    while received.count(b'"expiresAt"') < answers:
        chunk = connection.recv(1 << 16)
        if not chunk:
            raise SystemExit(f"FAILED: the server closed the connection: {received[-300:]!r}")
        received += chunk
        if b"HTTP/1.1 4" in chunk or b"HTTP/1.1 5" in chunk:
            raise SystemExit(f"FAILED: {chunk[:300]!r}")


def metrics(server: ServerProcess) -> dict[str, float]:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as page:
        lines = page.read().decode().splitlines()
    return {name: float(value) for name, value in (line.split(" ") for line in lines if re.match(r"nt_(codes_active|limiter_keys) ", line))}


if __name__ == "__main__":
    sys.exit(main())
