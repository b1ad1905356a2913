"""The arithmetic of cpace.py against the values that every implementation of verified pairing reproduces."""

import base64
import hashlib
import json
from typing import Any

import pytest

from cpace import CHANNEL, LABEL, Run, elligator2, generator, generator_string, hkdf, leb128, mac, session_key, x25519
from server_process import REPOSITORY

VALUES = json.loads((REPOSITORY / "Tests" / "Vectors" / "verified-pairing.json").read_text())
of = bytes.fromhex


def test_the_pieces() -> None:
    assert CHANNEL == of(VALUES["constants"]["CI"]) and LABEL == of(VALUES["constants"]["label"])
    for row in VALUES["pieces"]["lengths"]:
        assert leb128(row["length"]) == of(row["leb128"])
    for row in VALUES["pieces"]["maps"]:
        assert elligator2(of(row["input"])) == of(row["u"]), row
    row = VALUES["pieces"]["hkdf"]
    assert hkdf(of(row["salt"]), of(row["secret"]), of(row["info"]), row["length"]) == of(row["result"])


def test_the_values_of_the_draft() -> None:
    draft = VALUES["cpace"]
    row, shares = draft["generator"], draft["shares"]
    inputs = (of(row["PRS"]), of(row["CI"]), of(row["sid"]))
    assert generator_string(*inputs) == of(row["generatorString"])
    assert generator(*inputs) == of(row["g"])
    ya, yb = of(shares["ya"]), of(shares["yb"])
    assert x25519(ya, of(row["g"])) == of(shares["Ya"]) and x25519(yb, of(row["g"])) == of(shares["Yb"])
    assert x25519(ya, of(shares["Yb"])) == x25519(yb, of(shares["Ya"])) == of(shares["K"])
    for point in draft["scalarMultVfy"]["points"]:
        result = x25519(of(draft["scalarMultVfy"]["s"]), of(point["u"]))
        assert result == of(point["result"]) and (result == bytes(32)) == point["mustAbort"]


@pytest.mark.parametrize("row", VALUES["vectors"], ids=lambda row: row["name"])
def test_a_pairing(row: dict[str, Any]) -> None:
    a, b = (Run(side, row["appID"], row["by"], row["secret"], of(row[scalar])) for side, scalar in (("A", "ya"), ("B", "yb")))
    assert a.sid == of(row["sid"])
    assert a.share == of(row["Ya"]) and b.share == of(row["Yb"])
    isk = session_key(a.sid, of(row["K"]), b.share, of(row["ADb"]), a.share, of(row["ADa"]))
    assert isk == of(row["ISK"])
    keys = a.keys(b.share)
    assert keys == b.keys(a.share) == {"A": of(row["keyA"]), "B": of(row["keyB"])}
    for step in row["frames"]:
        frame, pake = step["frame"], step["frame"]["pake"]
        if "mac" in pake:
            text = frame["sdp"]["sdp"] if isinstance(frame["sdp"], dict) else frame["sdp"]
            made = mac(keys[step["from"]], frame["type"].lower(), pake["n"], frame["id"], text)
            assert base64.urlsafe_b64encode(made).decode().rstrip("=") == pake["mac"]


def test_what_is_no_share_is_refused() -> None:
    run = Run("A", VALUES["vectors"][0]["appID"], "words", "one-two", hashlib.sha256(b"scalar").digest())
    for share in (bytes(32), run.share):
        with pytest.raises(ValueError):
            run.keys(share)
