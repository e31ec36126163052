"""Node types that another process cannot import: those of a script's `__main__`, or made inside a function.

They travel by value (cloudpickle). So do all classes of `__main__`, as payloads may be of them.
"""

from __future__ import annotations

import importlib.machinery
import pickle
import sys
from typing import Any

import cloudpickle

from engine.errors import StartError


def classes_by_value(types: dict[str, type]) -> bytes:
    """What a worker process needs to know these node types (by their type path), empty when it can import them all.

    Raises:
        StartError: a class that cannot travel.
    """
    by_value = {path: kind for path, kind in types.items() if not _is_importable(kind)}
    if not by_value:
        return b""
    main = _classes_of_main() if any(kind.__module__ == "__main__" for kind in by_value.values()) else {}
    local: dict[str, Any] = {}
    for path, kind in by_value.items():
        if kind.__module__ == "__main__" and kind.__qualname__ in main:
            local[path] = kind.__qualname__
            continue
        try:
            local[path] = _by_value(kind)
        except Exception as error:
            raise StartError(
                f"node type {path} cannot be sent to another process ({error}): define it in a module"
            ) from error
    return pickle.dumps((main, local))


def _is_importable(kind: type) -> bool:
    """Would a process with the same import path find this class by its name?"""
    if kind.__module__ == "__main__" or "<locals>" in kind.__qualname__:
        return False
    module = sys.modules.get(kind.__module__)
    if module is None:
        return False
    found: Any = module
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is kind and _can_be_found(kind.__module__)


def _can_be_found(module_name: str) -> bool:
    if module_name.startswith("tidewire_project_"):
        return True  # a worker finds it in the project's folder
    try:
        return importlib.machinery.PathFinder.find_spec(module_name.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _by_value(kind: type) -> bytes:
    """The class by value, whatever cloudpickle thinks of its module."""
    module = sys.modules.get(kind.__module__)
    if module is None or kind.__module__ == "__main__":
        return bytes(cloudpickle.dumps(kind))
    registered = module.__name__ in cloudpickle.list_registry_pickle_by_value()
    if not registered:
        cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(kind))
    finally:
        if not registered:
            cloudpickle.unregister_pickle_by_value(module)


def _classes_of_main() -> dict[str, bytes]:
    found = {}
    for name, value in vars(sys.modules["__main__"]).items():
        if isinstance(value, type) and value.__module__ == "__main__" and value.__qualname__ == name:
            try:
                found[name] = cloudpickle.dumps(value)
            except Exception:
                continue  # it is not needed, or its node type says so above
    return found
