"""Changing parameters while a graph runs, on the coordinator's loop: ask the worker, wait for its answer."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from engine.errors import ParameterRefused, RunError
from engine.runtime import control
from engine.runtime.sites import Sites


class ParameterDesk:
    """Keeps the requests of one run that wait for an answer. After `end_all` every request is refused."""

    def __init__(self, sites: Sites, loop: asyncio.AbstractEventLoop) -> None:
        self._sites = sites
        self._loop = loop
        self._requests: dict[int, asyncio.Future[str]] = {}
        self._numbers = itertools.count(1)
        self._is_over = False

    async def set(self, node: str, name: str, value: Any, timeout: float) -> None:
        """Change a parameter where the node runs; returns when it is in effect.

        Raises:
            ParameterRefused: the node refuses the value.
            RunError: the node has ended, or does not answer in time.
        """
        if self._is_over:
            raise RunError(f"{node}.{name} cannot be set: the run has ended")
        site = self._sites.of_node(node)
        if site.is_over:
            raise RunError(f"{node}.{name} cannot be set: {site.label} has ended")
        number = next(self._numbers)
        answer = self._requests[number] = self._loop.create_future()
        site.send(control.SetParameter(str(site.location), number, node, name, value))
        try:
            async with asyncio.timeout(timeout):
                error = await answer
        except TimeoutError:
            raise RunError(
                f"{node}.{name} is not set yet: {site.label} did not answer within {timeout:g} s (is it busy?)"
            ) from None
        finally:
            self._requests.pop(number, None)
        if error:
            raise ParameterRefused(f"{node}.{name} was not set: {error}")

    def answer(self, number: int, error: str) -> None:
        """A worker's answer; `error` is empty when the value is in effect."""
        answer = self._requests.pop(number, None)
        if answer is not None and not answer.done():
            answer.set_result(error)

    def end_all(self) -> None:
        """The run is over."""
        self._is_over = True
        for answer in self._requests.values():
            if not answer.done():
                answer.set_result("the run has ended")
