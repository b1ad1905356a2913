"""openapi.yaml and asyncapi.yaml, and what is wrong with a response or a frame by what they say."""

import copy
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from server_process import REPOSITORY

OPENAPI = REPOSITORY / "Web" / "interface" / "openapi.yaml"
ASYNCAPI = REPOSITORY / "Web" / "interface" / "asyncapi.yaml"
METHODS = ("get", "head", "post", "put", "delete", "patch", "trace", "options")
# Fields of every message, which RFC 9110 and RFC 9112 describe.
TRANSPORT = {"date", "content-type", "content-length", "connection"}
BASE = "urn:document"


def load(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)


def strict_json(text: str | bytes) -> Any:
    """A number with a fraction or an exponent stays one, as no whole number is spelled so; NaN and the like are no JSON."""

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_float=Decimal, parse_constant=refuse)


@dataclass(frozen=True)
class Exchange:
    """A response, and what it responds to; `path` is the document's, or nothing where no path of it was asked for."""

    method: str
    path: str | None
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path or 'elsewhere'} {self.status}"


class Document:
    """Its schemas are closed: a member that they do not name is a fault, although clients have to expect some."""

    def __init__(self, document: Any) -> None:
        self.content = document
        whole = _absolute(document)
        self._open, self._closed = (Registry().with_resource(BASE, DRAFT202012.create_resource(form)) for form in (whole, _closed(whole)))
        # By the schema, which is a part of the document and stays where it is.
        self._validators: dict[tuple[int, bool], Draft202012Validator] = {}

    def resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and set(node) == {"$ref"}:
            node = self.at(node["$ref"])
        return node

    def at(self, reference: str) -> Any:
        node = self.content
        for part in reference.removeprefix("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def faults_of(self, value: Any, schema: Any, is_closed: bool = True) -> list[str]:
        validator = self._validators.get((id(schema), is_closed))
        if validator is None:
            registry = self._closed if is_closed else self._open
            validator = Draft202012Validator(_absolute(_closed(schema) if is_closed else schema), registry=registry)
            self._validators[id(schema), is_closed] = validator
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]

    def references(self) -> list[str]:
        return _references(self.content)


class OpenAPI(Document):
    def operations(self) -> list[tuple[str, str, Any]]:
        return [
            (method, path, operation)
            for path, item in self.content["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        ]

    def problems(self) -> dict[int, Any]:
        """The responses that are problems, by their status."""
        problems = {}
        for response in self.content["components"]["responses"].values():
            if media := response.get("content", {}).get("application/problem+json"):
                problems[media["schema"]["properties"]["status"]["const"]] = response
        return problems

    def faults(self, exchange: Exchange) -> list[str]:
        response = self._response(exchange)
        if response is None:
            return [f"the status {exchange.status} is not described"]
        sent = {name.lower(): value for name, value in exchange.fields}
        return [*self._faults_of_fields(response.get("headers", {}), sent), *self._faults_of_body(response, sent, exchange)]

    def _response(self, exchange: Exchange) -> Any:
        if exchange.path is None:
            return self.problems().get(exchange.status)
        operation = self.content["paths"].get(exchange.path, {}).get(exchange.method.lower())
        if operation is None:
            # Of a method that the path does not have.
            return self.problems().get(exchange.status) if exchange.status in (400, 404, 405) else None
        return self.resolved(operation["responses"].get(str(exchange.status)))

    def _faults_of_fields(self, described: Any, sent: dict[str, str]) -> list[str]:
        headers = {name.lower(): self.resolved(header) for name, header in described.items()}
        faults = [f"the field {name} is not described" for name in sent.keys() - headers.keys() - TRANSPORT]
        for name, header in headers.items():
            if name in sent:
                schema = header["schema"]
                is_number = schema.get("type") == "integer" or isinstance(schema.get("const"), int)
                value = int(sent[name]) if is_number and re.fullmatch("[0-9]+", sent[name]) else sent[name]
                faults += [f"the field {name}: {fault}" for fault in self.faults_of(value, schema)]
            elif header.get("required"):
                faults.append(f"there is no field {name}")
        return faults

    def _faults_of_body(self, response: Any, sent: dict[str, str], exchange: Exchange) -> list[str]:
        kind, content = sent.get("content-type"), response.get("content", {})
        if kind is None or kind not in content:
            return [] if kind is None and not content else [f"the content type {kind} is not described"]
        if exchange.method == "HEAD" or not kind.endswith("json"):
            return []
        return self.faults_of(strict_json(exchange.body), content[kind]["schema"])


class AsyncAPI(Document):
    def messages(self, operation: str) -> dict[str, Any]:
        """By their names, the payload schemas of what an operation receives or sends."""
        references = [message["$ref"] for message in self.content["operations"][operation]["messages"]]
        return {
            reference.rpartition("/")[2]: self.resolved(self.at(reference))["payload"] for reference in references
        }

    def kinds(self, value: Any, operation: str) -> list[str]:
        """Which messages of an operation a frame can be."""
        is_own = operation == "sendToClient"
        return [name for name, schema in self.messages(operation).items() if not self.faults_of(value, schema, is_closed=is_own)]

    def closes(self) -> dict[int, list[str]]:
        return {row["code"]: row["reasons"] for row in self.content["channels"]["room"]["x-close-codes"]}


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [found for value in node.values() for found in _references(value)]


def _absolute(node: Any) -> Any:
    """References lead into the document, wherever their schema is taken to."""
    if isinstance(node, list):
        return [_absolute(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: BASE + value if key == "$ref" and isinstance(value, str) and value.startswith("#") else _absolute(value)
        for key, value in node.items()
    }


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed["unevaluatedProperties"] = False
    return closed


def without(document: Any, path: str) -> Any:
    """A copy in which what lies there is missing; a slash within a name is written ~1."""
    changed = copy.deepcopy(document)
    parts = [part.replace("~1", "/") for part in path.split("/")]
    node = changed
    for part in parts[:-1]:
        node = node[int(part) if isinstance(node, list) else part]
    del node[int(parts[-1]) if isinstance(node, list) else parts[-1]]
    return changed
