"""The program in Swift that README and docs print is the one that is built, and does what they say."""

import re
import subprocess

import pexpect
import pytest

from server_process import REPOSITORY, binary, clean_environment

SOURCE = REPOSITORY / "Examples/hello-swift/main.swift"


@pytest.mark.parametrize("page", ["README.md", "docs/swift.md", "Sources/SignalingClient/SignalingClient.docc/Resources/hello-3.swift"])
def test_what_is_printed_is_what_is_built(page: str) -> None:
    assert SOURCE.read_text() in (REPOSITORY / page).read_text()


@pytest.mark.parametrize("page", ["README.md", "docs/swift.md"])
def test_a_package_depends_on_it_as_the_tutorial_says(page: str) -> None:
    # That one is built: Tests/Packages/use_client.sh.
    printed = (REPOSITORY / "Sources/SignalingClient/SignalingClient.docc/Resources/package.swift").read_text()
    dependency = re.search(r"\.package\(.*?\)", printed)
    current = re.search(r'"(\d+\.\d+\.\d+)', (REPOSITORY / "Sources/ServerApp/BuildVersion.swift").read_text())
    assert dependency and current
    assert dependency[0].endswith(f'from: "{current[1]}")')
    assert dependency[0] in (REPOSITORY / page).read_text()


def test_two_greet_each_other(start_server) -> None:
    # As it is printed: at the port that a server has by itself.
    start_server(port=1234)
    program = str(binary().parent / "hello-swift")
    # In a terminal, since a program's output is otherwise not written before its end.
    a = pexpect.spawn(program, env=clean_environment(), encoding="utf-8", timeout=20)
    try:
        a.expect(r"Code (\d{4})\r\n")
        b = subprocess.run([program, a.match[1]], capture_output=True, text=True, timeout=20, check=False, env=clean_environment())
        assert (b.stdout, b.returncode) == ("hello from side A\n", 0), b.stderr
        a.expect("hello from side B\r\n")
        a.expect(pexpect.EOF)
        a.wait()
        assert a.exitstatus == 0
    finally:
        a.close(force=True)
