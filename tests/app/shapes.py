"""Node types that the tests of the editor draw graphs with. Nothing here is timed."""

from __future__ import annotations

from engine import In, Node, Out, Source, param


class Count(Source):
    """Count upwards for ever, or to `count`."""

    category = "Tests"
    value = Out(int)
    count = param(0, minimum=0)
    interval = param(0.01, minimum=0.0, maximum=10.0, unit="s", doc="Time between two numbers.")

    async def produce(self):
        number = 0
        while not self.count or number < self.count:
            yield number
            number += 1
            await self.sleep(self.interval)


class Scale(Node):
    """Multiply."""

    category = "Tests"
    value = In(int)
    scaled = Out(int)
    factor = param(2, minimum=-10, maximum=10, unit="x")
    mode = param("up", choices=("up", "down"))
    label = param("")
    invert = param(False)
    path = param("", doc="Where to write.")
    size = param(16, minimum=1, live=False)

    def process(self, value):
        return value * self.factor


class Words(Node):
    """Take text only."""

    category = "Tests"
    text = In(str)

    def process(self, text):
        return None


COUNT = f"{__name__}:Count"
SCALE = f"{__name__}:Scale"
WORDS = f"{__name__}:Words"


class Raise(Node):
    """Fail at every number."""

    category = "Tests"
    value = In(int)

    def process(self, value):
        raise ValueError("no luck with numbers")


class Hang(Node):
    """Never come back."""

    category = "Tests"
    value = In(int)

    def process(self, value):
        while True:
            pass
