"""The lines of the repository that name the bytes of the client's scripts: its types, and docs/javascript.md."""

from pathlib import Path
from typing import Any

BEGIN, END = "<!-- client-hashes -->\n", "<!-- /client-hashes -->\n"


def written(root: Path) -> dict[Path, str]:
    """The files with such lines, as they are."""
    paths = [root / "docs" / "javascript.md", *sorted((root / "Web" / "client").glob("*.d.ts"))]
    return {path: path.read_text() for path in paths}


def brought_up_to_date(files: dict[Path, str], manifest: dict[str, Any]) -> dict[Path, str]:
    """The same files with the lines that a server's manifest makes."""
    return {path: _page(text, manifest) if path.suffix == ".md" else _types(path, text, manifest) for path, text in files.items()}


def _page(text: str, manifest: dict[str, Any]) -> str:
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    rows = [f"| `{name}` | `{file['integrity']}` |" for name, file in sorted(manifest["files"].items()) if name.endswith(".js")]
    lines = [f"HASH is `{manifest['hash']}`.", "", "| Script | `integrity` |", "| --- | --- |", *rows]
    return before + BEGIN + "\n".join(lines) + "\n" + END + after


def _types(path: Path, text: str, manifest: dict[str, Any]) -> str:
    """The first line names the script that the types are of."""
    script = path.name.replace(".d.ts", ".js")
    first, _, rest = text.partition("\n")
    if not first.startswith("// client "):
        rest = text
    return f"// client {manifest['hash']}, {script} {manifest['files'][script]['integrity']}\n{rest}"
