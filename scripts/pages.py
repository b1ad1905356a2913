"""What scripts/check-promises and scripts/check-docs read: the pages of the documentation, and the tests that they name."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@cache
def swift_tests(file: Path) -> dict[str, set[str]]:
    """The test functions of each top-level type, which ends, as the formatter has it, with the next brace that is not indented."""
    suites: dict[str, set[str]] = {}
    suite, is_test = None, False
    for line in source(file).splitlines():
        if declared := re.match(r"(?:@Suite\S*(?: .*?)?[ )])?(?:private )?(?:final )?(?:struct|class|actor|enum|extension) (\w+)", line):
            suite = declared[1]
            suites.setdefault(suite, set())
        elif line == "}":
            suite = None
        if line.lstrip().startswith("//"):
            continue
        for found in re.finditer(r"@Test\b|\bfunc (\w+)", line):
            if suite and is_test and found[1]:
                suites[suite].add(found[1])
            is_test = found[1] is None
    return suites


@cache
def swift_suites() -> dict[str, set[Path]]:
    """The files that have tests of a suite."""
    files: dict[str, set[Path]] = {}
    for folder in (ROOT / "Tests", ROOT / "Benchmarks" / "Tests"):
        for file in sorted(folder.rglob("*.swift")):
            for suite, tests in swift_tests(file).items():
                if tests:
                    files.setdefault(suite, set()).add(file)
    return files


@cache
def python_tests(file: Path) -> set[str]:
    return set(re.findall(r"^(?:async )?def (test_\w+)\(", source(file), re.MULTILINE))


@cache
def anchors(file: Path) -> set[str]:
    """What GitHub calls the sections of a page."""
    text = re.sub(r"^```.*?^```", "", source(file), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@cache
def source(file: Path) -> str:
    return file.read_text()
