"""`Hand`: the mouse and the keyboard of a screen, by xdotool. It moves as a hand does: in steps, not in leaps."""

from __future__ import annotations

import time
from collections.abc import Sequence

from screen import Screen

Place = Sequence[int]
_STEPS = 14
_STEP_S = 0.012
_CLICK_S = 0.06


class Hand:
    """Places are pixels of the screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._at = (screen.width // 2, screen.height // 2)

    def move(self, place: Place) -> None:
        """Move the mouse to a place."""
        x, y = int(place[0]), int(place[1])
        from_x, from_y = self._at
        for step in range(1, _STEPS + 1):
            share = step / _STEPS
            self._do("mousemove", round(from_x + share * (x - from_x)), round(from_y + share * (y - from_y)))
            time.sleep(_STEP_S)
        self._at = (x, y)

    def press(self, button: int = 1) -> None:
        """A button goes down."""
        self._do("mousedown", button)
        time.sleep(_CLICK_S)

    def release(self, button: int = 1) -> None:
        """A button goes up."""
        time.sleep(_CLICK_S)
        self._do("mouseup", button)
        time.sleep(_CLICK_S)

    def click(self, place: Place, button: int = 1) -> None:
        """Click somewhere: 1 is the left button, 3 the right."""
        self.move(place)
        self.press(button)
        self.release(button)

    def double_click(self, place: Place) -> None:
        """Click twice."""
        self.move(place)
        self._do("click", "--repeat", 2, "--delay", 60, 1)
        time.sleep(_CLICK_S)

    def drag(self, start: Place, end: Place, *, drop: bool = True) -> None:
        """Drag from one place to another; the button stays down without `drop`."""
        self.move(start)
        self.press()
        self.move(((start[0] * 3 + end[0]) // 4, (start[1] * 3 + end[1]) // 4))
        self.move(end)
        time.sleep(3 * _CLICK_S)
        if drop:
            self.release()

    def wheel(self, place: Place, steps: int) -> None:
        """Turn the wheel: up with positive steps."""
        self.move(place)
        for _ in range(abs(steps)):
            self._do("click", 4 if steps > 0 else 5)

    def type(self, text: str) -> None:
        """Type a text."""
        self._do("type", "--delay", 35, "--", text)
        time.sleep(_CLICK_S)

    def key(self, *keys: str) -> None:
        """Press keys, as xdotool names them: "ctrl+z", "Return"."""
        for key in keys:
            self._do("key", key)
            time.sleep(_CLICK_S)

    def _do(self, *words: object) -> None:
        self._screen.run("xdotool", *map(str, words))
