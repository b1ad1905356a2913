"""openapi.yaml describes what the server responds, and nothing else: by its sources, and by responses of real servers."""

import copy
import re
import urllib.request
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from interface_documents import ASYNCAPI, METHODS, OPENAPI, Exchange, OpenAPI, load, strict_json, without
from interface_exchanges import all_exchanges
from metrics_page import read_metrics
from server_process import REPOSITORY, ServerProcess

SOURCES = REPOSITORY / "Sources"
# A cluster's alone: Tests/PassThroughTests has them.
OF_NODES = {502, 504}


@pytest.fixture(scope="module")
def document() -> OpenAPI:
    return OpenAPI(load(OPENAPI))


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    folder = tmp_path_factory.mktemp("servers")
    started: list[ServerProcess] = []

    def start(**settings: str) -> ServerProcess:
        started.append(ServerProcess(folder / f"{len(started)}.log", **settings))
        return started[-1]

    try:
        return all_exchanges(start, folder)
    finally:
        assert [server.stop() for server in started] == [0] * len(started)


def test_it_is_openapi(document: OpenAPI) -> None:
    assert list(OpenAPIV31SpecValidator(document.content).iter_errors()) == []
    for reference in document.references():
        document.at(reference)
    version = re.search(r'current = "(.+)"', (SOURCES / "ServerApp" / "BuildVersion.swift").read_text())
    assert version and {document.content["info"]["version"], load(ASYNCAPI)["info"]["version"]} == {version[1]}


def test_what_the_validator_refuses(document: OpenAPI) -> None:
    for path in ["info/title", "paths/~1ws/get/responses/426/$ref", "components/parameters/AppID/in"]:
        changed = without(document.content, path)
        assert next(OpenAPIV31SpecValidator(changed).iter_errors(), None), path


def test_each_route_of_the_sources_is_described(document: OpenAPI) -> None:
    assert faults_of_routes(document) == []
    for path in ["/rendezvous/ice", "/readyz", "/demo/settings.json", "/openapi.yaml"]:
        changed = OpenAPI(without(document.content, "paths/" + path.replace("/", "~1")))
        assert faults_of_routes(changed) == [f"{path} is not described"]


@cache
def routes_of_sources() -> set[str]:
    """Those that are spelled out in a row of a table, and those that are not."""
    text = "".join(file.read_text() for file in SOURCES.rglob("*.swift"))
    return set(re.findall(r'HTTPRoute\(\s*"(/[^"]*)"', text)) | {"/metrics", "/demo/settings.json", "/openapi.yaml", "/asyncapi.yaml"}


def faults_of_routes(document: OpenAPI) -> list[str]:
    routes = routes_of_sources()
    described = set(document.content["paths"])
    # Behind these are files.
    files = {"/client/manifest.json", "/client/{file}", "/client/{hash}/{file}", "/demo/{file}"}
    return [f"{path} is not described" for path in sorted(routes - described)] + [
        f"{path} is not there" for path in sorted(described - routes - files)
    ]


def test_each_status_of_the_sources_is_described(document: OpenAPI) -> None:
    """HTTPStatus has a row for each that the server sends."""
    rows = re.findall(r'case \.\w+: "(\d{3}) ([^"]+)"', (SOURCES / "HTTPServer" / "Messages" / "HTTPStatus.swift").read_text())
    statuses = {int(code): reason for code, reason in rows}
    assert len(statuses) > 15
    described = {int(status) for _, _, operation in document.operations() for status in operation["responses"]}
    # A method that a path does not have is in no operation.
    assert described | {405} == set(statuses)
    titles = {
        status: response["content"]["application/problem+json"]["schema"]["properties"]["title"]["const"]
        for status, response in document.problems().items()
    }
    assert titles == {status: reason for status, reason in statuses.items() if status >= 400}


def test_labels_and_methods_are_those_of_a_running_server(document: OpenAPI, server: Any) -> None:
    labels = set(re.findall(r'nt_http_requests_total\{.*?route="([^"]+)"', read_metrics(server.url).text))
    folders = {"client": "/client/", "demo": "/demo/", "interface": "/openapi.yaml", "other": ""}
    assert "/rendezvous/code" in labels
    for label in labels:
        assert any(path.startswith(folders.get(label, label)) for path in document.content["paths"]), label
    for path, item in document.content["paths"].items():
        if "{" in path:
            continue
        with urllib.request.urlopen(urllib.request.Request(server.url + path, method="OPTIONS"), timeout=10) as answer:
            assert set(answer.headers["Allow"].lower().split(", ")) == set(METHODS) & set(item), path


def test_examples_are_those_of_the_protocol(document: OpenAPI) -> None:
    written = {repr_of(value) for value in json_of((REPOSITORY / "docs" / "protocol.md").read_text())}
    examples = list(examples_of(document))
    assert len(examples) > 8
    for value, schema in examples:
        assert repr_of(value) in written, value
        assert document.faults_of(value, schema) == []


def examples_of(document: OpenAPI) -> Iterator[tuple[Any, Any]]:
    bodies = [operation["requestBody"] for _, _, operation in document.operations() if "requestBody" in operation]
    responses = [response for _, _, operation in document.operations() for response in operation["responses"].values()]
    for part in [*bodies, *map(document.resolved, responses)]:
        for media in part.get("content", {}).values():
            for example in media.get("examples", {}).values():
                yield example["value"], media["schema"]


def json_of(page: str) -> Iterator[Any]:
    for found in re.findall(r"^\{.*\}$|(?<=`)\{[^`]*\}(?=`)|(?<=`200 )\{[^`]*\}(?=`)", page, re.MULTILINE):
        try:
            yield strict_json(found)
        except ValueError:
            # One with an ellipsis in it.
            continue


def repr_of(value: Any) -> str:
    return repr(sorted(value.items())) if isinstance(value, dict) else repr(value)


def test_responses_are_as_described(document: OpenAPI, exchanges: list[Exchange]) -> None:
    assert {str(exchange): faults for exchange in exchanges if (faults := document.faults(exchange))} == {}
    shown = {exchange.status for exchange in exchanges}
    assert set(document.problems()) - shown == OF_NODES
    paths = {exchange.path for exchange in exchanges} - {None}
    assert paths == set(document.content["paths"])


RESPONSES = "components/responses"
SCHEMAS = "components/schemas"


@pytest.mark.parametrize(
    "path",
    [
        "paths/~1rendezvous~1code/post/responses/429", "paths/~1rendezvous~1redeem/post/responses/410",
        "paths/~1ws/get/responses/426", "paths/~1/head", "paths/~1client~1{file}/get/responses/304",
        f"{RESPONSES}/TooManyRequests/headers/Retry-After", f"{RESPONSES}/Preflight/headers/Access-Control-Max-Age",
        f"{RESPONSES}/PageFile/content/image~1png", f"{RESPONSES}/Gone/content", f"{SCHEMAS}/MintedCode/properties/expiresInMs",
        f"{SCHEMAS}/MintedCode/properties/iceServersRetryAfterMs", f"{SCHEMAS}/IceServers/items/properties/username",
        f"{SCHEMAS}/GivenIceServers/properties/expiresInMs", f"{SCHEMAS}/Problem/properties/detail",
        f"{SCHEMAS}/PageSettings/properties/addresses",
    ],
)  # fmt: skip
def test_what_is_not_described_is_found(document: OpenAPI, exchanges: list[Exchange], path: str) -> None:
    changed = OpenAPI(without(document.content, path))
    assert any(changed.faults(exchange) for exchange in exchanges)


def test_what_is_described_otherwise_is_found(document: OpenAPI, exchanges: list[Exchange]) -> None:
    changes: list[Callable[[Any], Any]] = [
        lambda parts: parts["schemas"]["Code"].update(pattern="^[0-9]{8}$"),
        lambda parts: parts["schemas"]["Time"].update(pattern="^[0-9]+$"),
        lambda parts: parts["schemas"]["RedeemedCode"]["required"].append("code"),
        lambda parts: parts["headers"]["RetryAfter"]["schema"].update(maximum=0),
        lambda parts: parts["headers"]["NoStore"]["schema"].update(const="no-cache"),
        lambda parts: parts["headers"]["AllowOrigin"].update(required=True),
        lambda parts: parts["responses"]["Gone"]["content"]["application/problem+json"]["schema"]["properties"]["status"].update(const=404),
    ]
    for number, change in enumerate(changes):
        changed = copy.deepcopy(document.content)
        change(changed["components"])
        assert any(OpenAPI(changed).faults(exchange) for exchange in exchanges), number
