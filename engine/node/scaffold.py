"""A new node type in one file: the code that works at once, and where it goes. Pure but for `write_new`."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import GraphError
from engine.graph.node_type import snake_case

_LONGEST_NAME = 60
_TAKEN = {"Node", "Source", "Sink", "In", "Out", "Signal", "Any", "AsyncIterator"}
_WORD = re.compile(r"[A-Za-z0-9]+")


class Shape(StrEnum):
    """What a new node type is like: it has an input and an output, only an output, or only an input."""

    FILTER = "filter"
    SOURCE = "source"
    SINK = "sink"


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node type that is to be written.

    Attributes:
        class_name: `MovingAverage`.
        module: the file's name without its suffix: `moving_average`.
        shape: with which ports it begins.
    """

    class_name: str
    module: str
    shape: Shape

    @property
    def type_path(self) -> str:
        """The text that stands for it in a graph."""
        return f"nodes.{self.module}:{self.class_name}"

    @property
    def title(self) -> str:
        """Its name in words: "Moving average"."""
        return self.module.replace("_", " ").capitalize()

    @property
    def source(self) -> str:
        """The code of its file."""
        return _TEMPLATES[self.shape].format(name=self.class_name, title=self.title)

    @property
    def test_source(self) -> str:
        """The code of a test of it."""
        return _TESTS[self.shape].format(name=self.class_name, module=self.module)


def new_node(name: str, shape: Shape = Shape.FILTER) -> NewNode:
    """A node type of this name, however it is written: `MovingAverage`, `moving_average`, "moving average".

    Raises:
        GraphError: no class can be called so.
    """
    words = _WORD.findall(name)
    other = sorted(set(re.sub(r"[A-Za-z0-9\s_-]", "", name)))
    if other:
        raise GraphError(f"a name has letters, digits and spaces, and no {other[0]!r}: write for example MovingAverage")
    if not words:
        raise GraphError("a node type needs a name: write for example MovingAverage")
    if words[0][0].isdigit():
        raise GraphError(f"a name begins with a letter, not with {words[0][0]}: write for example Filter{words[0]}")
    class_name = "".join(word[0].upper() + word[1:] for word in words)
    if len(class_name) > _LONGEST_NAME:
        raise GraphError(f"a name has at most {_LONGEST_NAME} letters, not {len(class_name)}")
    module = snake_case(class_name)
    if class_name in _TAKEN or keyword.iskeyword(class_name):
        raise GraphError(f"{class_name} has a meaning already: choose another name")
    if keyword.iskeyword(module) or keyword.issoftkeyword(module):
        module += "_node"
    return NewNode(class_name, module, shape)


def file_of(new: NewNode, folder: Path) -> Path:
    """Where the node type goes, beside the graphs of a folder."""
    return folder / "nodes" / f"{new.module}.py"


def write_new(new: NewNode, folder: Path, *, with_test: bool = False) -> list[Path]:
    """Write the files of a node type; returns them, that of the node type first.

    Raises:
        GraphError: there is such a file already. Nothing is written.
        OSError: they cannot be written.
    """
    file = file_of(new, folder)
    texts = {file: new.source}
    if with_test:
        texts[folder / "tests" / f"test_{new.module}.py"] = new.test_source
    for path in texts:
        if path.exists() or path.is_symlink():
            raise GraphError(f"{path} is there already: choose another name, or edit that file")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as opened:
            opened.write(text)
    return list(texts)


_FILTER = '''\
"""{title}: a node type of this project. Save the file, and the editor loads it anew."""

from __future__ import annotations

from engine import In, Node, Out, Signal, param


class {name}(Node):
    """Multiply a signal by a factor.

    The first line is the help in the palette; say in the others what people should know before they use it.
    """

    category = "My nodes"

    signal = In(Signal, doc="What comes in.")
    scaled = Out(Signal, doc="The signal times the factor.")
    factor = param(2.0, minimum=-1000.0, maximum=1000.0, doc="What every value is multiplied by.")

    def process(self, signal: Signal) -> Signal:
        """Give one chunk for each that comes.

        Args:
            signal: samples (n_samples, n_channels), read-only: return new ones.
        """
        return signal.replace(samples=signal.samples * self.factor)
'''

_SOURCE = '''\
"""{title}: a node type of this project. Save the file, and the editor loads it anew."""

from __future__ import annotations

from collections.abc import AsyncIterator

from engine import Out, Source, param


class {name}(Source):
    """Give a number that grows by a step.

    The first line is the help in the palette; say in the others what people should know before they use it.
    """

    category = "My nodes"

    value = Out(float, doc="The number.")
    step = param(1.0, minimum=-1000.0, maximum=1000.0, doc="By how much the number grows.")
    rate_hz = param(10.0, minimum=0.1, maximum=1000.0, unit="Hz", doc="How many numbers a second.")

    async def produce(self) -> AsyncIterator[float]:
        """Give number after number until the run stops."""
        value = 0.0
        while not self.stopping:
            yield value
            value += self.step
            await self.sleep(1.0 / self.rate_hz)
'''

_SINK = '''\
"""{title}: a node type of this project. Save the file, and the editor loads it anew."""

from __future__ import annotations

from typing import Any

from engine import In, Node, param


class {name}(Node):
    """Write what comes to the log.

    The first line is the help in the palette; say in the others what people should know before they use it.
    """

    category = "My nodes"

    value = In(Any, doc="What is written.")
    every = param(1, minimum=1, maximum=1_000_000, doc="Write one of so many.")

    def on_start(self) -> None:
        """Begin to count. What is kept from call to call is set here, so that every run begins afresh."""
        self._count = 0

    def process(self, value: Any) -> None:
        """Take one value."""
        self._count += 1
        if self._count % self.every == 0:
            self.log(f"{{self._count}}: {{value}}")
'''

_TEMPLATES = {Shape.FILTER: _FILTER, Shape.SOURCE: _SOURCE, Shape.SINK: _SINK}

_TEST_HEAD = '''\
"""Tests of {name}. Run them with pytest in the folder that holds `nodes/`."""

from __future__ import annotations

from pathlib import Path

'''

_TEST_TAIL = """\


def test_it_runs_in_a_graph() -> None:
    graph = Graph()
    graph.path = FOLDER / "test.tide"
"""

_TEST_FILTER = (
    _TEST_HEAD
    + """\
from engine import Graph, Signal, catalog

FOLDER = Path(__file__).parents[1]
{name} = catalog.resolve("nodes.{module}:{name}", FOLDER)


def test_every_value_is_multiplied() -> None:
    node = {name}(factor=3.0)
    assert node.process(Signal([1.0, 2.0], rate_hz=100.0)) == Signal([3.0, 6.0], rate_hz=100.0)
"""
    + _TEST_TAIL
    + """\
    graph.add("engine.library.sources:Tone", id="tone", duration_s=0.1)
    graph.add({name}, id="node")
    graph.add("engine.library.sinks:Collector", id="seen")
    graph.connect("tone.signal", "node.signal")
    graph.connect("node.scaled", "seen.value")
    with graph.start() as run:
        run.wait(10.0)
    assert run.result("seen")
"""
)

_TEST_SOURCE = (
    _TEST_HEAD
    + """\
from engine import Graph, catalog

FOLDER = Path(__file__).parents[1]
{name} = catalog.resolve("nodes.{module}:{name}", FOLDER)
"""
    + _TEST_TAIL
    + """\
    graph.add({name}, id="node", rate_hz=1000.0)
    graph.add("engine.library.sinks:Collector", id="seen")
    graph.connect("node.value", "seen.value")
    with graph.start() as run:
        run.wait(0.5)
        run.stop()
    assert run.result("seen")[:3] == [0.0, 1.0, 2.0]
"""
)

_TEST_SINK = (
    _TEST_HEAD
    + """\
from engine import Graph, catalog

FOLDER = Path(__file__).parents[1]
{name} = catalog.resolve("nodes.{module}:{name}", FOLDER)
"""
    + _TEST_TAIL
    + """\
    graph.add("engine.library.sources:Ramp", id="ramp", count=5)
    graph.add({name}, id="node")
    graph.connect("ramp.value", "node.value")
    with graph.start() as run:
        run.wait(10.0)
    assert not run.failures
"""
)

_TESTS = {Shape.FILTER: _TEST_FILTER, Shape.SOURCE: _TEST_SOURCE, Shape.SINK: _TEST_SINK}
