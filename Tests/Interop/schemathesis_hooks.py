"""What Schemathesis loads: beside its own checks, that a response has no field and no member that the document does not describe."""

import os
from pathlib import Path
from typing import Any

import schemathesis

from interface_documents import Exchange, OpenAPI, load

DOCUMENT = OpenAPI(load(Path(os.environ["NT_OPENAPI"])))


@schemathesis.check
def all_is_described(ctx: Any, response: Any, case: Any) -> None:
    fields = tuple((name, value) for name, values in response.headers.items() for value in values)
    if faults := DOCUMENT.faults(Exchange(case.method.upper(), case.path, response.status_code, fields, response.content)):
        raise AssertionError(f"{case.method} {case.path}: {response.status_code}: " + "; ".join(faults))
