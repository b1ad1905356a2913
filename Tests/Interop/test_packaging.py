"""What operators install: the units, and what scripts/package makes. What becomes of a machine with it, Tests/Packages shows."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

import unit_sandbox
from server_process import REPOSITORY, ServerProcess, binary, clean_environment
from stun_client import ask, free_udp_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd and Debian's packages are for Linux")
UNITS = REPOSITORY / "deploy" / "systemd"
SERVICE, INSTANCE = UNITS / "nt-backend-wrtc.service", UNITS / "nt-backend-wrtc@.service"
SETTINGS = REPOSITORY / "deploy" / "debian" / "nt-backend-wrtc.default"
SUBCOMMANDS = ("serve", "pair", "config", "healthcheck", "store", "key")


def run(*command: object, **options: object) -> str:
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, **options)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """With a server where this machine has one: that it is there is looked at too."""
    for unit in UNITS.iterdir():
        text = unit.read_text()
        (tmp_path / unit.name).write_text(text.replace("ExecStart=nt-backend-wrtc ", f"ExecStart={binary()} "))
    run("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir()))


@pytest.mark.parametrize("unit", [SERVICE, INSTANCE])
def test_a_service_is_exposed_to_little(unit: Path) -> None:
    told = run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", unit)
    (exposure,) = re.findall(r"Overall exposure level for \S+: (\d+\.\d+)", told)
    assert float(exposure) <= 2.0


def test_instances_run_as_the_one_service_does() -> None:
    own = {"Environment", "RuntimeDirectory", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve"}
    instance = [line for line in unit_sandbox.service_lines(INSTANCE) if line[0] not in own]
    assert instance == unit_sandbox.service_lines(SERVICE)


@pytest.fixture
def state_folder() -> Iterator[Path]:
    """For whoever the sandbox makes of root, who cannot get to pytest's own folders."""
    with tempfile.TemporaryDirectory() as folder:
        if os.getuid() == 0:
            os.chown(folder, unit_sandbox.NOBODY, unit_sandbox.NOBODY)
        yield Path(folder)


def sandbox(*options: str) -> list[str]:
    return [sys.executable, unit_sandbox.__file__, str(SERVICE), *options, "--"]


def test_two_pair_where_the_kernel_refuses_what_the_unit_says(start_server: Callable[..., ServerProcess], state_folder: Path) -> None:
    """With a file, with STUN, and with fewer open files than it may have, so that it asks for more."""
    stun_port = free_udp_port()
    settings = {"STORE": f"sqlite://{state_folder}/state.db", "STUN_PORT": str(stun_port)}
    server = start_server(wrapper=["prlimit", "--nofile=256:4096", *sandbox()], **settings)
    assert ask(stun_port)
    filters = re.search(r"^Seccomp_filters:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text(), re.MULTILINE)
    assert filters and int(filters[1]) >= 3

    pair = [str(binary()), "pair", "--server", server.url, "--json"]
    with subprocess.Popen(pair, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as a:
        try:
            code = json.loads(a.stdout.readline())["code"]
            b = subprocess.run([*pair, code], env=clean_environment(), input="to the other side\n", capture_output=True, text=True, timeout=30)
            assert b.returncode == 0, b.stderr
            events = [json.loads(a.stdout.readline()) for _ in range(4)]
        finally:
            a.kill()
    assert events == [{"event": "waiting"}, {"event": "paired"}, {"event": "line", "text": "to the other side"}, {"event": "left"}]


def test_without_what_the_unit_allows_it_is_ended(tmp_path: Path) -> None:
    """So the sandbox is one. The threads of the runtime ask for a nice value."""
    with pytest.raises(AssertionError, match=f"ended with code -{signal.SIGSYS:d} "):
        ServerProcess(tmp_path / "log", wrapper=sandbox("--without", "setpriority"))


def uncommented(text: str) -> str:
    return re.sub(r"^#([A-Z])", r"\1", text, flags=re.MULTILINE)


@pytest.mark.parametrize("change", [str, uncommented])
def test_the_server_takes_the_settings_that_come_with_it(change: Callable[[str], str], tmp_path: Path) -> None:
    """As they are, and with all that stands there as a comment."""
    settings = tmp_path / "settings"
    settings.write_text(change(SETTINGS.read_text()))
    told = run(binary(), "config", "--config", settings, env=clean_environment())
    assert re.search(r"^HOST +127\.0\.0\.1 ", told, re.MULTILINE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that scripts/package makes of the server under test."""
    folder = tmp_path_factory.mktemp("made")
    run(REPOSITORY / "scripts" / "package", "--trial", "--binary", binary(), "--output", folder)
    return folder


@pytest.fixture(scope="module")
def unpacked(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the Debian package, and in DEBIAN what it says of itself."""
    (package,) = made.glob("*.deb")
    folder = tmp_path_factory.mktemp("deb")
    run("dpkg-deb", "--raw-extract", package, folder)
    return folder


def test_the_package_has_what_an_operator_needs(unpacked: Path) -> None:
    files = {str(file.relative_to(unpacked)) for file in unpacked.rglob("*") if file.is_file() and "DEBIAN" not in file.parts}
    documents = {"NOTICE", "THIRD-PARTY.txt.gz", "changelog.Debian.gz", "changelog.gz", "copyright", "nt-backend-wrtc.cdx.json"}
    assert files == {
        "etc/default/nt-backend-wrtc",
        "usr/bin/nt-backend-wrtc",
        "usr/share/bash-completion/completions/nt-backend-wrtc",
        "usr/share/fish/vendor_completions.d/nt-backend-wrtc.fish",
        "usr/share/lintian/overrides/nt-backend-wrtc",
        "usr/share/man/man1/nt-backend-wrtc.1.gz",
        "usr/share/zsh/vendor-completions/_nt-backend-wrtc",
        *(f"usr/lib/systemd/system/{unit.name}" for unit in UNITS.iterdir()),
        *(f"usr/share/doc/nt-backend-wrtc/{document}" for document in documents),
    }
    assert (unpacked / "DEBIAN" / "conffiles").read_text() == "/etc/default/nt-backend-wrtc\n"
    run("md5sum", "--check", "--quiet", "DEBIAN/md5sums", cwd=unpacked)
    for script in ("postinst", "prerm", "postrm"):
        run("sh", "-n", unpacked / "DEBIAN" / script)
    version = run(binary(), "--version").strip()
    control = dict(line.split(": ", 1) for line in (unpacked / "DEBIAN" / "control").read_text().splitlines() if not line.startswith(" "))
    assert control["Version"] == version.replace("-", "~") + "-1"
    assert control["Architecture"] == run("dpkg", "--print-architecture").strip()
    assert "@" not in re.sub(r"<\S+@\S+>", "", json.dumps(control)), "a place that was not filled in"


def test_the_archive_has_the_same_server(made: Path, unpacked: Path) -> None:
    run("sha256sum", "--check", "--quiet", "SHA256SUMS", cwd=made)
    (archive,) = made.glob("*.tar.gz")
    members: dict[str, str] = {}
    # As a stream: what is compressed is read once.
    with tarfile.open(archive, "r|gz") as files:
        for member in files:
            assert (member.uid, member.gid, member.uname) == (0, 0, "")
            name = Path(member.name).relative_to(archive.name.removesuffix(".tar.gz")).as_posix()
            members[name] = digest(files.extractfile(member).read()) if member.isfile() else ""
    assert {"LICENSE", "NOTICE", "THIRD-PARTY.txt", "settings", "nt-backend-wrtc.1", "completions/nt-backend-wrtc.zsh"} <= members.keys()
    assert {f"systemd/{unit.name}" for unit in UNITS.iterdir()} <= members.keys()
    assert members["nt-backend-wrtc"] == digest((unpacked / "usr/bin/nt-backend-wrtc").read_bytes())


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_bill_of_materials_names_what_is_pinned(made: Path, unpacked: Path) -> None:
    (file,) = made.glob("*.cdx.json")
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text())
    assert fault is None, fault
    bill = json.loads(file.read_text())
    (own,) = bill["metadata"]["component"]["hashes"]
    assert own["content"] == digest((unpacked / "usr/bin/nt-backend-wrtc").read_bytes())
    named = [PackageURL.from_string(component["purl"]) for component in bill["components"]]
    packages = {(purl.name, purl.version) for purl in named if purl.type == "swift"}
    pins = json.loads((REPOSITORY / "deploy" / "dependencies.json").read_text())["pins"]
    assert packages == {(pin["identity"], pin["state"]["version"]) for pin in pins}
    assert {purl.name for purl in named if purl.type == "generic"} == {"swift", "boringssl"}


def test_the_page_of_the_manual_names_every_command_and_setting(unpacked: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.1"
    page.write_text(run("gzip", "--decompress", "--stdout", unpacked / "usr/share/man/man1/nt-backend-wrtc.1.gz"))
    warned = subprocess.run(["groff", "-man", "-ww", "-z", str(page)], capture_output=True, text=True, timeout=60)
    assert (warned.returncode, warned.stderr) == (0, "")
    read = run("groff", "-man", "-Tascii", "-P-cbou", page)
    settings = re.findall(r"^([A-Z_]+) ", run(binary(), "config", env=clean_environment()), re.MULTILINE)[1:]
    assert len(settings) > 40
    assert [name for name in settings if not re.search(rf"--\S+ .*\b{name}\b", read)] == []
    assert [name for name in SUBCOMMANDS if not re.search(rf"^ +nt-backend-wrtc {name}\b", read, re.MULTILINE)] == []


def test_a_shell_completes_commands(unpacked: Path) -> None:
    script = unpacked / "usr/share/bash-completion/completions/nt-backend-wrtc"
    ask_bash = """
        source "$0"
        COMP_WORDS=(nt-backend-wrtc h) COMP_CWORD=1 COMP_LINE='nt-backend-wrtc h' COMP_POINT=17 COMP_TYPE=9
        function=$(complete -p nt-backend-wrtc | sed -E 's/.*-F ([^ ]+).*/\\1/')
        "$function" nt-backend-wrtc h nt-backend-wrtc && printf '%s\\n' "${COMPREPLY[@]}"
    """
    assert "healthcheck" in run("bash", "-c", ask_bash, script).split()
    for shell, other in (("zsh", "zsh/vendor-completions/_nt-backend-wrtc"), ("fish", "fish/vendor_completions.d/nt-backend-wrtc.fish")):
        text = (unpacked / "usr/share" / other).read_text()
        assert [name for name in SUBCOMMANDS if name not in text] == []
        if shutil.which(shell):
            run(shell, "-n", unpacked / "usr/share" / other)
