"""The real source of a class, taken apart so that two threads in it can be interleaved at every shared access.

Every method becomes a generator that stops before each read and each write of an attribute of `self`: the places where
CPython may switch threads and the other thread could notice. Attributes said to be `private` to one side are not
stopped at, but it is watched that the two sides keep to that. `MicroThread` stands for a thread with an event loop;
it goes one such step when it is told to.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections import deque
from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any, TypeVar

from tests.model.scheduler import Step, World

T = TypeVar("T")
Program = Generator[Any, None, Any]


def interleaved(
    cls: type[T], *bases: type, private: frozenset[str] = frozenset(), edit: Callable[[str], str] = str
) -> type[T]:
    """A subclass whose methods, and those of `bases`, are generators; `edit` may change the source (to break it)."""
    methods: dict[str, Any] = {}
    for owner in (*bases, cls):
        tree = ast.parse(textwrap.dedent(edit(inspect.getsource(owner))))
        body = tree.body[0]
        assert isinstance(body, ast.ClassDef)
        functions = [f for f in body.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) if _is_whole(f)]
        methods.update({f.name: (f, owner) for f in functions})
    names = frozenset(methods)
    made: dict[str, Any] = {}
    for name, (function, owner) in methods.items():
        plain = _Stopping(names, private).visit(_plain(function))
        module = ast.fix_missing_locations(ast.Module([plain], []))
        space = {**vars(sys.modules[owner.__module__]), **_HELPERS}
        exec(compile(ast.unparse(module), f"<{owner.__name__}.{name}, step by step>", "exec"), space)
        is_property = any(isinstance(d, ast.Name) and d.id == "property" for d in function.decorator_list)
        made[name] = property(space[name]) if is_property else space[name]
    return type(f"Interleaved{cls.__name__}", (cls,), made)


def _is_whole(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    abstract = any(isinstance(d, ast.Name) and d.id == "abstractmethod" for d in function.decorator_list)
    return function.name not in ("__init__", "_sample") and not abstract


def _plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.FunctionDef:
    """Without `async` and `property`, and a generator even when nothing in it is shared."""
    never = ast.If(ast.Constant(False), [ast.Expr(ast.Yield(ast.Constant("")))], [])
    return ast.FunctionDef(function.name, function.args, [never, *function.body], [], None)


class _Stopping(ast.NodeTransformer):
    """Puts a `yield` before everything that another thread could notice."""

    def __init__(self, methods: frozenset[str], private: frozenset[str]) -> None:
        self._methods = methods
        self._private = private

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if _is_of_self(node) and isinstance(node.ctx, ast.Load) and node.attr not in self._methods:
            if node.attr in self._private:
                return _touching(node.attr, node)
            return _after_stop(f"reads {node.attr}", node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if _is_of_self(node.func) and node.func.attr in self._methods:  # type: ignore[attr-defined]
            node.args = [self.visit(argument) for argument in node.args]
            return ast.YieldFrom(node)
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "_call":
            return _noted(_after_stop("calls the other loop", node))
        return _noted(node)

    def visit_Await(self, node: ast.Await) -> ast.expr:
        self.generic_visit(node)
        return ast.YieldFrom(ast.Call(ast.Name("_await", ast.Load()), [node.value], []))

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        self.generic_visit(node)
        written = [n.attr for target in node.targets for n in ast.walk(target) if _is_of_self(n)]  # type: ignore[attr-defined]
        shared = [name for name in written if name not in self._private]
        if not shared:
            for name in written:
                node.value = _touching(name, node.value)
        else:
            pair = ast.Tuple([node.value, ast.Yield(ast.Constant(f"writes {', '.join(shared)}"))], ast.Load())
            node.value = ast.Subscript(pair, ast.Constant(0), ast.Load())
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if not _is_of_self(node.target):
            self.generic_visit(node)
            return node
        read = ast.Attribute(ast.Name("self", ast.Load()), node.target.attr, ast.Load())  # type: ignore[union-attr]
        return self.visit_Assign(ast.Assign([node.target], ast.BinOp(read, node.op, node.value)))  # type: ignore[list-item]


def _is_of_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _after_stop(what: str, value: ast.expr) -> ast.expr:
    pair = ast.Tuple([ast.Yield(ast.Constant(what)), value], ast.Load())
    return ast.Subscript(pair, ast.Constant(1), ast.Load())


def _touching(name: str, value: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("_touch", ast.Load()), [ast.Constant(name), value], [])


def _noted(value: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("_note", ast.Load()), [value], [])


# -- what the taken-apart code runs on


class MicroThread:
    """A thread with an event loop: one callback at a time, each a generator that may be stopped anywhere."""

    running: MicroThread | None = None

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.ready: deque[Callable[[], Program | None]] = deque()
        self.current: Program | None = None
        self.noted: list[Any] = []  # what the current callback has seen: part of where it stands
        self.touched: set[str] = set()  # the private attributes that were read or written here
        self.is_closed = False
        self.is_gone = False
        self.readers: dict[int, Any] = {}
        self.writers: dict[int, Any] = {}
        self.timers: list[Any] = []

    def start(self, program: Program) -> None:
        """Let this be what the thread does, besides what it is called for."""
        self.ready.append(lambda: program)

    def call_soon_threadsafe(self, function: Callable[[], Any]) -> None:
        if self.is_closed:
            raise RuntimeError("Event loop is closed")
        self.ready.append(function)

    def create_future(self) -> MicroFuture:
        return MicroFuture(self)

    def close(self) -> None:
        """The thread ends: nobody can call it any more."""
        self.is_closed = True
        self.ready.clear()

    def steps(self) -> list[Step]:
        if self.current is not None or self.ready:
            where = self._where() if self.current is not None else f"{self.name}: next callback"
            return [(where, self._advance)]
        return []

    def _where(self) -> str:
        inner: Any = self.current
        while getattr(inner, "gi_yieldfrom", None) is not None and hasattr(inner.gi_yieldfrom, "gi_frame"):
            inner = inner.gi_yieldfrom
        return f"{self.name}: {inner.gi_code.co_name} {self._last}"

    _last: str = ""

    def _advance(self) -> None:
        MicroThread.running = self
        try:
            if self.current is None:
                self.current = self.ready.popleft()()
                self.noted.clear()
                if self.current is None:
                    return
            said = next(self.current)
            self._last = said if isinstance(said, str) else "waits"
            if isinstance(said, MicroFuture):
                program, self.current = self.current, None
                said.when_done = lambda: program
        except StopIteration:
            self.current = None
        finally:
            MicroThread.running = None


class MicroFuture:
    """A future that notices when it is touched in a thread that is not its own."""

    def __init__(self, thread: MicroThread) -> None:
        self.thread = thread
        self.when_done: Callable[[], Program] | None = None
        self._is_done = False

    def done(self) -> bool:
        return self._is_done

    def set_result(self, result: None) -> None:
        assert MicroThread.running is self.thread, "a future is set in a thread that is not its own"
        assert not self._is_done, "a future is set twice"
        self._is_done = True
        if self.when_done is not None:
            self.thread.ready.append(self.when_done)


def _running() -> MicroThread:
    assert MicroThread.running is not None
    return MicroThread.running


def _await(future: MicroFuture) -> Program:
    if not future.done():
        yield future


def _note(value: T) -> T:
    if value is None or isinstance(value, bool | int):
        _running().noted.append(value)
    return value


def _touch(name: str, value: T) -> T:
    _running().touched.add(name)
    return _note(value)


_HELPERS = {
    "_note": _note,
    "_touch": _touch,
    "_await": _await,
    "asyncio": SimpleNamespace(get_running_loop=_running),
}
