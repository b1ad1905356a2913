"""Verified pairing's arithmetic, written a second time, from its description and not from the client: CPace on X25519 with SHA-512.

Not for programs: Python's numbers take time that tells of secrets.
"""

import hashlib
import hmac
import uuid
from dataclasses import dataclass

LABEL = b"nt-verified-pairing-1"
P = 2**255 - 19
A = 486662
BLOCK = 128


def lv(*parts: bytes) -> bytes:
    """Each part behind its length in LEB128."""
    return b"".join(leb128(len(part)) + part for part in parts)


def leb128(number: int) -> bytes:
    digits = bytearray()
    while True:
        number, digit = number >> 7, number & 0x7F
        if number == 0:
            return bytes([*digits, digit])
        digits.append(digit | 0x80)


CHANNEL = lv(LABEL, b"B", b"A")


def elligator2(text: bytes) -> bytes:
    """RFC 9380, section 6.7.1, for Curve25519 and Z = 2."""
    u = int.from_bytes(text, "little") % 2**255 % P
    one = -A * pow(1 + 2 * u * u, -1, P) % P
    square = (one**3 + A * one**2 + one) % P
    return (one if pow(square, (P - 1) // 2, P) in (0, 1) else (-one - A) % P).to_bytes(32, "little")


def x25519(scalar: bytes, point: bytes) -> bytes:
    """RFC 7748, section 5."""
    k = int.from_bytes(bytes([scalar[0] & 248, *scalar[1:31], scalar[31] & 127 | 64]), "little")
    u = int.from_bytes(point, "little") % 2**255
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap != bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = pow(da + cb, 2, P), u * pow(da - cb, 2, P) % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def generator_string(prs: bytes, channel: bytes, sid: bytes) -> bytes:
    zeros = max(0, BLOCK - 1 - len(lv(prs)) - len(lv(b"CPace255")))
    return lv(b"CPace255", prs, bytes(zeros), channel, sid)


def generator(prs: bytes, channel: bytes, sid: bytes) -> bytes:
    return elligator2(hashlib.sha512(generator_string(prs, channel, sid)).digest()[:32])


def session_key(sid: bytes, k: bytes, share_b: bytes, ad_b: bytes, share_a: bytes, ad_a: bytes) -> bytes:
    return hashlib.sha512(lv(b"CPace255_ISK", sid, k) + lv(share_b, ad_b) + lv(share_a, ad_a)).digest()


def hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    prk = hmac.digest(salt, secret, "sha512")
    return hmac.digest(prk, info + b"\x01", "sha512")[:length]


@dataclass(frozen=True)
class Run:
    """One side's part in one run, for one secret."""

    side: str
    app_id: str
    by: str
    secret: str
    scalar: bytes

    @property
    def sid(self) -> bytes:
        return uuid.UUID(self.app_id).bytes

    @property
    def share(self) -> bytes:
        return x25519(self.scalar, generator(f"{self.by}:{self.secret}".encode(), CHANNEL, self.sid))

    def keys(self, other: bytes) -> dict[str, bytes]:
        """By side; raises ValueError where the other side's share is no share."""
        k = x25519(self.scalar, other)
        if k == bytes(32) or other == self.share:
            raise ValueError("not a share")
        share_b, share_a = (self.share, other) if self.side == "B" else (other, self.share)
        isk = session_key(self.sid, k, share_b, f"B {self.by}".encode(), share_a, b"A")
        return {side: hkdf(LABEL, isk, side.encode(), 32) for side in "AB"}


def mac(key: bytes, kind: str, n: int, offer: int, sdp: str) -> bytes:
    return hmac.digest(key, lv(kind.encode(), str(n).encode(), str(offer).encode(), sdp.encode()), "sha512")[:32]
