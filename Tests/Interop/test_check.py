"""`nt-backend-wrtc check` on real files, certificates and ports, and the start that says the same."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certificate_authority import CertificateAuthority
from server_process import ServerProcess, binary, clean_environment

QUIET = {"HOST": "127.0.0.1", "PORT": "0", "STUN_PORT": "0", "LOG_FORMAT": "json"}
# Root reads and writes files whatever their mode says, until it has given that up.
WITHOUT_PRIVILEGES = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
FAULTS_OF_FILES = ["file-missing", "file-unreadable", "tls-swapped", "tls-no-pem", "tls-key-encrypted", "tls-key-foreign", "tls-order"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    made = CertificateAuthority(tmp_path_factory.mktemp("certificates"))
    made.issue("root", kind="authority")
    made.issue("middle", "root", kind="authority")
    made.issue("leaf", "middle")
    made.issue("expired", days=(-30, -2))
    made.issue("early", days=(2, 30))
    made.issue("ending", days=(-30, 5.5))
    made.run("pkey", "-in", "leaf.key", "-aes256", "-passout", "pass:secret", "-out", "encrypted.key")
    return made


def run(*words: str, wrapper: tuple[str, ...] = (), **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*wrapper, binary(), *words], env=clean_environment(**{**QUIET, **settings}), capture_output=True, text=True, timeout=60
    )


def check(wrapper: tuple[str, ...] = (), flags: tuple[str, ...] = (), **settings: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what was found but for what is as it should be."""
    done = run("check", "--json", *flags, wrapper=wrapper, **settings)
    report = json.loads(done.stdout)
    found = report["findings"]
    assert all(finding["what"] and finding["code"] and finding["subject"] for finding in found)
    levels = [finding["level"] for finding in found]
    assert done.returncode == report["exitCode"] == (2 if "fault" in levels else 1 if "warning" in levels else 0), done.stdout
    assert (report["faults"], report["warnings"]) == (levels.count("fault"), levels.count("warning"))
    return done.returncode, [finding for finding in found if finding["level"] != "info"]


def tls(certificate: Path, key: Path) -> dict[str, str]:
    return {"TLS_CERT_FILE": str(certificate), "TLS_KEY_FILE": str(key)}


def test_all_is_well(authority: CertificateAuthority) -> None:
    assert check() == (0, [])
    files = tls(authority.chain("leaf", "middle", "root"), authority.key("leaf"))
    assert check(**files) == (0, [])
    words = run("check", **files)
    assert words.returncode == 0 and words.stderr == ""
    assert "is for app.example.org, 10.0.0.1, until " in words.stdout
    assert words.stdout.splitlines()[-1] == "all is well"
    # No terminal, no colours.
    assert "\x1b" not in words.stdout


CASES = {
    "expired": (["expired"], "expired", 2, ["tls-expired"]),
    "not yet valid": (["early"], "early", 2, ["tls-not-yet-valid"]),
    "ends soon": (["ending"], "ending", 1, ["tls-ends-soon"]),
    "another's key": (["leaf", "middle", "root"], "middle", 2, ["tls-order"]),
    "foreign key": (["leaf", "middle", "root"], "expired", 2, ["tls-key-foreign"]),
    "encrypted key": (["leaf", "middle", "root"], "encrypted", 2, ["tls-key-encrypted"]),
    "no issuer": (["leaf"], "leaf", 1, ["tls-chain-incomplete"]),
    "the server's last": (["middle", "root", "leaf"], "leaf", 2, ["tls-order"]),
    "issuers in another order": (["leaf", "root", "middle"], "leaf", 1, ["tls-order"]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_with_certificates_is_found(authority: CertificateAuthority, case: str) -> None:
    names, key, expected, codes = CASES[case]
    files = tls(authority.chain(*names), authority.key(key))
    code, found = check(**files)
    assert code == expected
    assert [finding["code"] for finding in found if finding["code"] != "tls-names"] == codes
    assert all(finding["advice"] for finding in found)
    if case == "no issuer":
        assert "middle, which signed app.example.org" in found[0]["what"]
    faults = [finding for finding in found if finding["level"] == "fault"]
    if faults and faults[0]["code"] in FAULTS_OF_FILES:
        start_says_the_same(faults, files)


def start_says_the_same(faults: list[dict[str, Any]], settings: dict[str, str], wrapper: tuple[str, ...] = ()) -> None:
    start = run("serve", wrapper=wrapper, **settings)
    assert start.returncode == 1
    assert start.stderr.splitlines() == [f"Error: {fault['what']}; {fault['advice']}" for fault in faults]


def test_exchanged_files_are_known(authority: CertificateAuthority) -> None:
    files = tls(authority.key("leaf"), authority.certificate("leaf"))
    code, found = check(**files)
    assert (code, [finding["code"] for finding in found if finding["level"] == "fault"]) == (2, ["tls-swapped"])
    start_says_the_same([finding for finding in found if finding["level"] == "fault"], files)


def test_missing_files_are_all_named(tmp_path: Path) -> None:
    missing = {
        "TLS_CERT_FILE": f"{tmp_path}/c", "TLS_KEY_FILE": f"{tmp_path}/k", "TOKEN_KEY_FILE": f"{tmp_path}/t",
        "AUTH": "key,jwt", "API_KEYS_FILE": f"{tmp_path}/a", "AUTH_JWT_SECRET_FILE": f"{tmp_path}/s",
    }  # fmt: skip
    code, found = check(**missing)
    assert code == 2 and {finding["code"] for finding in found} == {"file-missing"}
    assert sorted(finding["subject"] for finding in found) == sorted(name for name in missing if name != "AUTH")


@pytest.mark.skipif(sys.platform != "linux", reason="setpriv is Linux's")
def test_an_unreadable_key_and_an_open_one_are_told_apart(authority: CertificateAuthority, tmp_path: Path) -> None:
    files = tls(authority.chain("leaf", "middle", "root"), tmp_path / "leaf.key")
    (tmp_path / "leaf.key").write_bytes(authority.key("leaf").read_bytes())
    (tmp_path / "leaf.key").chmod(0o644)
    code, found = check(**files)
    assert (code, [finding["code"] for finding in found]) == (1, ["secret-readable-by-all"])
    (tmp_path / "leaf.key").chmod(0o000)
    code, found = check(wrapper=WITHOUT_PRIVILEGES, **files)
    assert (code, [finding["code"] for finding in found]) == (2, ["file-unreadable"])
    start_says_the_same(found, files, WITHOUT_PRIVILEGES)


def test_a_file_of_settings_with_a_secret_is_one_too(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("TOKEN_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    for mode, codes in ((0o644, [("secret-readable-by-all", "CONFIG_FILE")]), (0o640, [])):
        file.chmod(mode)
        assert [(finding["code"], finding["subject"]) for finding in check(CONFIG_FILE=str(file))[1]] == codes
    # What a file would have set that is not there, nobody knows: no more is said.
    code, found = check(CONFIG_FILE=f"{tmp_path}/none")
    assert (code, [finding["code"] for finding in found]) == (2, ["setting-refused"])


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_is_taken_is_told_with_its_process(taken: int) -> None:
    settings = {"PORT": str(taken)}
    code, found = check(**settings)
    assert (code, [(finding["code"], finding["subject"]) for finding in found]) == (2, [("port-taken", "PORT")])
    if sys.platform == "linux":
        assert f"(pid {os.getpid()}) has the port" in found[0]["what"]
    start_says_the_same(found, settings)
    assert check(METRICS_ADDRESS=f"127.0.0.1:{taken}")[1][0]["subject"] == "METRICS_ADDRESS"
    # Beside a server that has it, it is not asked for.
    assert check(flags=("--running",), **settings) == (0, [])


def test_a_host_without_an_address_is_named() -> None:
    code, found = check(HOST="nosuch.invalid")
    # What is unsafe where others can reach the server is said, too: nobody knows that they cannot.
    assert code == 2 and [finding["code"] for finding in found if finding["level"] == "fault"] == ["host-unknown"]
    start_says_the_same([finding for finding in found if finding["level"] == "fault"], {"HOST": "nosuch.invalid"})


def test_all_bad_settings_are_told_at_once(taken: int) -> None:
    """Beside what is wrong with the machine."""
    settings = {"PORT": str(taken), "HEARTBEAT": "soon", "CODE_DIGITS": "9", "TURN_URLS": "turn:127.0.0.1:1?transport=tcp"}
    code, found = check(**settings)
    assert (code, [finding["subject"] for finding in found if finding["level"] == "fault"]) == (
        2, ["CODE_DIGITS", "HEARTBEAT", "TURN_URLS", "PORT"],
    )  # fmt: skip
    start = run("serve", **settings)
    assert start.returncode == 1
    assert start.stderr.splitlines() == [f"Error: {finding['what']}: {finding['advice']}" for finding in found if finding["code"] == "setting-refused"]


def test_what_is_unsafe_where_others_come_in_is_warned_of() -> None:
    code, found = check(HOST="0.0.0.0", TRUSTED_PROXIES="0.0.0.0/0,::/0")
    assert code == 1
    assert {"dev-public", "proxies-everybody", "metrics-public"} <= {finding["code"] for finding in found}
    assert [finding["code"] for finding in check(DEV="false")[1]] == ["no-origins"]
    assert [finding["code"] for finding in check(DEV="false", DEMO="true")[1]] == ["page-cut-off"]
    assert check(DEV="false", CORS_ORIGINS="https://app.example.org") == (0, [])


def test_a_store_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    settings = {"STORE": f"sqlite://{path}"}
    assert check(**settings) == (0, [])
    server = ServerProcess(tmp_path / "log", **settings)
    try:
        code, found = check(**settings)
        assert (code, [finding["code"] for finding in found]) == (2, ["store-unusable"])
        assert f"(pid {server.pid}) has it open" in found[0]["what"]
        assert check(flags=("--running",), **settings) == (0, [])
    finally:
        assert server.stop() == 0
    assert check(**settings) == (0, [])
    path.chmod(0o400)
    code, found = check(wrapper=WITHOUT_PRIVILEGES, **settings)
    assert (code, [finding["code"] for finding in found]) == (2, ["store-unusable"])
    assert "may not be written" in found[0]["what"]
    path.chmod(0o600)
    path.write_bytes(b"no database at all, but something long enough to be one" * 100)
    assert check(**settings)[0] == 2
    assert check(STORE=f"sqlite://{tmp_path}/none/state.db")[1][0]["code"] == "store-unusable"


def test_servers_that_are_not_there_are_warned_of(taken: int) -> None:
    """At `taken` somebody takes connections, and says nothing. Where nobody listens, the port was somebody's until now."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        free = closed.getsockname()[1]
    turn = f"turn:127.0.0.1:{taken}?transport=tcp,turn:127.0.0.1:{free}?transport=tcp,turn:127.0.0.1:{free}"
    code, found = check(
        TURN_URLS=turn, TURN_SECRET="0123456789abcdef", AUTH="jwt,webhook", AUTH_JWT_AUDIENCE="nt",
        AUTH_JWKS=f"http://127.0.0.1:{free}/keys", AUTH_WEBHOOK_URL=f"http://127.0.0.1:{taken}/",
    )  # fmt: skip
    assert (code, [finding["code"] for finding in found]) == (1, ["turn-unreachable", "turn-unreachable", "keys-unreachable"])
    code, found = check(STORE=f"valkey://127.0.0.1:{free}")
    assert (code, [finding["code"] for finding in found]) == (2, ["engine-unreachable"])
