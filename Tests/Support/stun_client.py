"""STUN as a client speaks it (RFC 8489), and free UDP ports."""

import ipaddress
import os
import socket
import struct

COOKIE = 0x2112A442
BINDING_REQUEST = 0x0001
BINDING_SUCCESS = 0x0101
XOR_MAPPED_ADDRESS = 0x0020


def free_udp_port(host: str = "127.0.0.1") -> int:
    with udp_socket(host) as found:
        return found.getsockname()[1]


def udp_socket(host: str = "127.0.0.1") -> socket.socket:
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((host, 0))
    return opened


def binding_request() -> bytes:
    """Without attributes: 20 bytes."""
    return struct.pack(">HHI", BINDING_REQUEST, 0, COOKIE) + os.urandom(12)


def mapped_address(response: bytes) -> tuple[str, int]:
    """The address and port that a success response tells."""
    kind, length, cookie = struct.unpack_from(">HHI", response)
    assert (kind, length, cookie) == (BINDING_SUCCESS, len(response) - 20, COOKIE), response
    at = 20
    while at < len(response):
        attribute, length = struct.unpack_from(">HH", response, at)
        if attribute == XOR_MAPPED_ADDRESS:
            _, family, port = struct.unpack_from(">BBH", response, at + 4)
            assert (family, length) in ((1, 8), (2, 20))
            plain = bytes(one ^ other for one, other in zip(response[at + 8 : at + 4 + length], response[4:20]))
            return str(ipaddress.ip_address(plain)), port ^ COOKIE >> 16
        at += 4 + (length + 3 & ~3)
    raise AssertionError(f"no address in {response!r}")


def ask(port: int, host: str = "127.0.0.1", tries: int = 20) -> tuple[str, int] | None:
    """What a client learns that asks every quarter of a second; None if nobody answers."""
    with udp_socket(host) as client:
        client.settimeout(0.25)
        for _ in range(tries):
            client.sendto(binding_request(), (host, port))
            try:
                mapped = mapped_address(client.recv(2048))
            except (TimeoutError, ConnectionRefusedError):
                continue
            assert mapped == client.getsockname()[:2]
            return mapped
    return None
