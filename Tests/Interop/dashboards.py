"""The dashboards of deploy/grafana, and the alerts of deploy/prometheus."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from server_process import REPOSITORY

FOLDER = REPOSITORY / "deploy" / "grafana"
ALERTS = REPOSITORY / "deploy" / "prometheus" / "alerts.yml"
VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True)
class Panel:
    dashboard: str
    entry: Mapping[str, Any]

    @property
    def title(self) -> str:
        return self.entry["title"]

    @property
    def name(self) -> str:
        """For a file."""
        return f"{self.dashboard}-{re.sub(r'[^a-z0-9]+', '-', self.title.lower())}"

    def queries(self, **variables: str) -> list[tuple[str, str]]:
        """What is asked, with values in place of Grafana's variables, and how each series is called."""
        # All jobs and all servers, as when a dashboard is opened.
        values = {"job": ".*", "instance": ".*", **variables}
        return [(VARIABLE.sub(lambda found: values[found[1]], each["expr"]), each["legendFormat"]) for each in self.entry["targets"]]


def legend(pattern: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), pattern)


@functools.cache
def dashboards() -> dict[str, dict[str, Any]]:
    return {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def panels() -> list[Panel]:
    return [Panel(name, entry) for name, dashboard in dashboards().items() for entry in dashboard["panels"]]


@functools.cache
def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
