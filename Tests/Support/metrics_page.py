"""Reads the Prometheus text format, as far as the tests need it."""

import re
import urllib.request
from dataclasses import dataclass, field

SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: \d+)?")


@dataclass
class MetricsPage:
    text: str
    content_type: str
    kinds: dict[str, str] = field(default_factory=dict)
    samples: list[tuple[str, str, float]] = field(default_factory=list)

    def total(self, name: str) -> float:
        """The sum over all label values; a family without any series counts as 0."""
        return sum(value for sample, _, value in self.samples if sample == name)


def read_metrics(server_url: str) -> MetricsPage:
    with urllib.request.urlopen(f"{server_url}/metrics", timeout=5) as answer:
        page = MetricsPage(answer.read().decode("utf-8"), answer.headers["Content-Type"])
    for line in page.text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            page.kinds[name] = kind
        elif line and not line.startswith("#"):
            sample = SAMPLE.fullmatch(line)
            assert sample, f"not a sample: {line!r}"
            page.samples.append((sample["name"], sample["labels"] or "", float(sample["value"])))
    return page
