"""Changing parameters while a graph runs, on the coordinator's loop: ask the worker, wait for its answer.

What is in effect is kept in the plan, so that a node whose process is started again gets it too.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

from engine.errors import ParameterRefused, RunError
from engine.runtime import control
from engine.runtime.failing import told
from engine.runtime.orders import NodeOrder
from engine.runtime.sites import Site, Sites


@dataclass
class _Request:
    """A value that a worker was asked to put in effect."""

    site: Site
    node: str
    name: str
    value: Any
    answer: asyncio.Future[str]


class ParameterDesk:
    """Keeps the requests of one run that wait for an answer. After `end_all` every request is refused."""

    def __init__(self, sites: Sites, loop: asyncio.AbstractEventLoop) -> None:
        self._sites = sites
        self._loop = loop
        self._requests: dict[int, _Request] = {}
        self._orders: dict[str, NodeOrder] = {}
        self.replan()
        self._since_order: dict[str, list[tuple[str, str, Any]]] = {}  # by location: set after its order was given
        self._numbers = itertools.count(1)
        self._is_over = False

    def replan(self) -> None:
        """The plan has changed."""
        self._orders = {node.id: node for order in self._sites.plan.orders.values() for node in order.nodes}

    async def set(self, node: str, name: str, value: Any, timeout: float) -> None:
        """Change a parameter where the node runs; returns when it is in effect.

        Raises:
            ParameterRefused: the node refuses the value.
            RunError: the node has ended, or does not answer in time.
        """
        refused = f"{node}.{name} was not set"
        if self._is_over:
            raise RunError(f"{node}.{name} cannot be set: the run has ended")
        if node not in self._orders:
            raise RunError(f"{node}.{name} cannot be set: {node} is not in the run")
        site = self._sites.of_node(node)
        if site.is_over:
            raise RunError(f"{node}.{name} cannot be set: {site.label} has ended")
        try:  # here too: what the node would refuse need not be able to travel there
            value = self._validated(self._orders[node], name, value)
        except BaseException as error:
            raise ParameterRefused(f"{refused}: {told(error)}") from None
        if site.is_away:
            reason = self._set_away(site, node, name, value)
            if reason:
                raise ParameterRefused(f"{refused}: {reason}")
            return
        number = next(self._numbers)
        request = self._requests[number] = _Request(site, node, name, value, self._loop.create_future())
        try:
            self._send(request, number)
            async with asyncio.timeout(timeout):
                reason = await request.answer
        except TimeoutError:
            raise RunError(
                f"{node}.{name} is not set yet: {site.label} did not answer within {timeout:g} s (is it busy?)"
            ) from None
        finally:
            self._requests.pop(number, None)
        if reason:
            raise ParameterRefused(f"{refused}: {reason}")

    def _send(self, request: _Request, number: int) -> None:
        site = request.site
        try:
            site.send(control.SetParameter(site.location_text, number, request.node, request.name, request.value))
        except Exception as error:
            raise ParameterRefused(
                f"{request.node}.{request.name} was not set: it cannot be sent to {site.label}: {told(error)}"
            ) from error

    def answer(self, number: int, error: str) -> None:
        """A worker's answer; `error` is empty when the value is in effect."""
        request = self._requests.pop(number, None)
        if request is not None and not request.answer.done():
            if not error:
                self._keep(request.node, request.name, request.value)
            request.answer.set_result(error)

    def _keep(self, node: str, name: str, value: Any) -> None:
        order = self._orders.get(node)
        if order is None:
            return  # removed meanwhile
        order.parameters = {**order.parameters, name: value}

    # -- processes that are started again

    def _set_away(self, site: Site, node: str, name: str, value: Any) -> str:
        """Set a parameter of a node that is not there just now; returns why it is refused, or an empty text."""
        if node not in site.built:
            return f"node {node} has ended"
        self._keep(node, name, value)
        self._since_order.setdefault(site.location_text, []).append((node, name, value))
        return ""

    def _validated(self, order: NodeOrder, name: str, value: Any) -> Any:
        """The value as the node gets it; raises `ParameterError`, or what a class of the value raises."""
        node_type: Any = self._sites.plan.types[order.type_path]
        return node_type.node_parameters[name].validate(value)

    def went_away(self, site: Site) -> None:
        """The site's process has died and will be started again: what it was asked to set, that will have set."""
        for number, request in list(self._requests.items()):
            if request.site is site:
                self.answer(number, "")

    def was_ordered(self, site: Site) -> None:
        """The site was given its order, with all that is kept."""
        self._since_order.pop(site.location_text, None)

    def came_back(self, site: Site) -> None:
        """The site's worker is ready: tell it what was set since it got its order."""
        for node, name, value in self._since_order.pop(site.location_text, ()):
            site.send(control.SetParameter(site.location_text, 0, node, name, value))

    def is_gone(self, site: Site) -> None:
        """The site has died for good."""
        for number, request in list(self._requests.items()):
            if request.site is site:
                self.answer(number, f"{site.label} has died")

    # -- the end

    def end_all(self) -> None:
        """The run is over."""
        self._is_over = True
        for number in list(self._requests):
            self.answer(number, "the run has ended")
