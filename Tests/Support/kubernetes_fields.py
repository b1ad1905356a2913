"""What Kubernetes would object to in a manifest: fields that it does not know, that are missing, or that are of another type.

lightkube-models has a dataclass for each of its objects. What stands behind a field's type, such as a pattern, is not in there.
"""

import dataclasses
import importlib
import sys
import types
import typing
from collections.abc import Iterator
from typing import Any


def _models() -> None:
    """The models ask lightkube itself, a client that nobody needs here, for these three."""
    core, schema = types.ModuleType("lightkube.core"), types.ModuleType("lightkube.core.schema")
    schema.dataclass, schema.field, schema.DictMixin = dataclasses.dataclass, dataclasses.field, object
    sys.modules.setdefault("lightkube.core", core)
    sys.modules.setdefault("lightkube.core.schema", schema)


def faults_of(manifest: dict[str, Any]) -> list[str]:
    group, _, version = manifest["apiVersion"].rpartition("/")
    _models()
    module = importlib.import_module(f"lightkube.models.{group.partition('.')[0] or 'core'}_{version}")
    return list(_faults(manifest, getattr(module, manifest["kind"]), manifest["kind"]))


def _faults(value: Any, kind: Any, place: str) -> Iterator[str]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            yield f"{place} is no object"
            return
        fields = {field.metadata.get("json", field.name): field for field in dataclasses.fields(kind)}
        hints = typing.get_type_hints(kind)
        yield from (f"{place} has a field {name}, which is not known" for name in value.keys() - fields.keys())
        missing = [name for name, field in fields.items() if field.default is field.default_factory is dataclasses.MISSING]
        yield from (f"{place}.{name} is missing" for name in missing if name not in value)
        for name in value.keys() & fields.keys():
            yield from _faults(value[name], hints[fields[name].name], f"{place}.{name}")
    elif origin is typing.Union:
        found = [list(_faults(value, argument, place)) for argument in arguments if argument is not type(None)]
        if all(found):
            yield from min(found, key=len)
    elif origin is list:
        if not isinstance(value, list):
            yield f"{place} is no list"
            return
        for index, element in enumerate(value):
            yield from _faults(element, arguments[0], f"{place}[{index}]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{place} is no object"
            return
        for name, element in value.items():
            yield from _faults(element, arguments[1], f"{place}.{name}")
    elif isinstance(kind, type) and (not isinstance(value, kind) or isinstance(value, bool) and kind is int):
        yield f"{place} is {value!r}, and no {kind.__name__}"
