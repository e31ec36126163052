"""Node types: the class body is the declaration."""

from __future__ import annotations

import pytest

from engine import In, Join, Node, NodeError, Out, ParameterError, Source, param


class Base(Node):
    """First line.

    More.
    """

    a = In(int)
    b = Out(int)
    gain = param(1.0, maximum=5.0)
    tags = param([])

    def process(self, a: int) -> int:
        return a


class Derived(Base):
    category = "Filters"
    c = In(str, optional=True)
    gain = param(2)


def test_ports_and_parameters_are_collected_in_the_order_of_the_body() -> None:
    assert list(Base.node_inputs) == ["a"] and list(Base.node_outputs) == ["b"]
    assert list(Base.node_parameters) == ["gain", "tags"]
    assert [port.name for port in (*Base.node_inputs.values(), *Base.node_outputs.values())] == ["a", "b"]
    assert (Base.title, Base.category, Base.join) == ("Base", "Other", Join.TICK)


def test_a_subclass_has_those_of_its_base_and_may_declare_them_anew() -> None:
    assert list(Derived.node_inputs) == ["a", "c"] and list(Derived.node_outputs) == ["b"]
    assert Derived.node_parameters["gain"].type is int and Base.node_parameters["gain"].type is float
    assert Derived.category == "Filters"

    class Without(Base):
        a = None  # type: ignore[assignment]

    assert list(Without.node_inputs) == [] and list(Base.node_inputs) == ["a"]


def test_ports_come_from_mixins_too() -> None:
    class Mixin:
        x = Out(float)
        size = param(3)

    class Mixed(Mixin, Node):
        y = Out(float)

    assert set(Mixed.node_outputs) == {"x", "y"} and Mixed().size == 3


def test_parameters_are_plain_attributes_of_an_instance() -> None:
    node, other = Base(gain=3), Base()
    assert node.gain == 3.0 and other.gain == 1.0
    node.tags.append("x")
    assert other.tags == [] and Base().tags == []
    with pytest.raises(ParameterError, match="at most 5"):
        Base(gain=6)
    with pytest.raises(ParameterError, match="no parameter 'size'; it has: gain, tags"):
        Base(size=1)


def test_parameters_are_there_before_any_constructor_runs() -> None:
    class Own(Base):
        def __init__(self) -> None:
            self.seen = self.gain

    assert Own().seen == 1.0


@pytest.mark.parametrize(
    "name",
    ["id", "location", "_x", "process", "emit", "on_start", "produce", "sleep", "join", "title", "node_inputs", "log"],
)
@pytest.mark.parametrize("declare", [lambda: In(int), lambda: Out(int), lambda: param(1)])
def test_a_name_with_a_meaning_of_its_own_is_refused(name: str, declare: object) -> None:
    with pytest.raises(TypeError, match=f"Odd: '{name}'"):
        type("Odd", (Node,), {name: declare()})  # type: ignore[operator]


@pytest.mark.parametrize("name", ["result", "value", "node", "type", "name", "self_test", "items"])
def test_a_name_without_one_is_free(name: str) -> None:
    odd = type("Odd", (Node,), {name: Out(int)})
    assert list(odd.node_outputs) == [name]  # type: ignore[attr-defined]


def test_a_source_has_no_inputs() -> None:
    with pytest.raises(TypeError, match=r"Odd is a Source and has inputs \(x\)"):
        type("Odd", (Source,), {"x": In(int)})


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("RPeakDetector", "R Peak Detector"),
        ("ECGSource", "ECG Source"),
        ("Gain", "Gain"),
        ("Read_csv2Fast", "Read csv2 Fast"),
    ],
)
def test_a_title_is_made_of_the_name_unless_one_is_given(name: str, title: str) -> None:
    assert type(name, (Node,), {}).title == title  # type: ignore[attr-defined]
    assert type(name, (Node,), {"title": "Mine"}).title == "Mine"  # type: ignore[attr-defined]
    assert type("Sub", (type(name, (Node,), {"title": "Mine"}),), {}).title == "Sub"  # type: ignore[attr-defined]


@pytest.mark.parametrize("join", list(Join))
def test_a_join_may_be_written_as_text(join: Join) -> None:
    class Odd(Node):
        pass

    assert type("Sub", (Odd,), {"join": str(join)}).join is join  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="Odd: 'sometimes' is no join: use one of tick, latest, any"):
        type("Odd", (Node,), {"join": "sometimes"})


def test_what_needs_a_run_says_so_outside_of_one() -> None:
    node = Base()
    for use in (lambda: node.emit("b", 1), lambda: node.log("x"), lambda: node.sleep(1)):
        with pytest.raises(NodeError, match="Base is not running"):
            use()
    assert not node.stopping and node.id == ""


def test_what_an_author_left_out_is_named() -> None:
    class Bare(Node):
        pass

    class BareSource(Source):
        pass

    with pytest.raises(NotImplementedError, match="Bare has no process"):
        Bare().process()
    with pytest.raises(NotImplementedError, match="BareSource has no produce"):
        BareSource().produce()
    assert Bare().should_process(x=1)


def test_a_node_can_be_tried_without_a_run() -> None:
    assert Base(gain=2).process(5) == 5
