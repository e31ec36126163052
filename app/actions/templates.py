"""Beginning with a template, and keeping one's own: the commands, as records, and the bars they ask with."""

from __future__ import annotations

from collections.abc import Callable

from app.actions.action import Action, Submenu
from app.document.templates import Template, begin_with, file_for, name_refusal, save_template, templates
from app.panels.bars import Bars
from app.panels.field_bar import FieldBar
from app.workbench import Workbench

KEY = "template"


def template_actions(
    workbench: Workbench, bars: Bars, guard: Callable[[Callable[[], object]], None]
) -> list[Action | Submenu]:
    """The commands about templates; `guard` asks about unsaved work before another graph is shown."""

    def begins(template: Template) -> Action:
        tip = f"Your template {template.title}" if template.is_own else template.title
        return Action(
            f"template.{template.file.name}",
            template.title.replace("&", "&&"),
            lambda: guard(lambda: begin_with(workbench, template)),
            tip=tip,
            icon="file" if template.is_own else "new",
        )

    def removes(template: Template) -> Action:
        title = template.title.replace("&", "&&")
        return Action(f"template.remove.{title}", title, lambda: remove_template(template, bars), icon="delete")

    return [
        Submenu("File/New from template", lambda: [begins(found) for found in templates()], 1),
        Action(
            "file.save_template",
            "Save as &template…",
            lambda: ask_for_name(workbench, bars),
            "File",
            tip="Keep the graph to begin others with",
            section=2,
            is_enabled=lambda: bool(workbench.graph.nodes),
        ),
        Submenu("File/Remove template", lambda: [removes(found) for found in templates() if found.is_own], 2),
    ]


def ask_for_name(workbench: Workbench, bars: Bars) -> FieldBar:
    """Ask in a bar what the template is to be called."""

    def save(name: str) -> None:
        if not name_refusal(name) and file_for(name).exists():
            ask_to_replace(workbench, bars, name)
        elif save_template(workbench, name):
            bars.remove(KEY)

    bar = FieldBar("Name of the template", "Save", save, name_refusal)
    bars.show_bar(KEY, bar)
    bar.cancelled.connect(lambda: bars.remove(KEY))
    path = workbench.path
    bar.field.setText(path.stem if path is not None else "")
    bar.field.selectAll()
    bar.field.setFocus()
    return bar


def ask_to_replace(workbench: Workbench, bars: Bars, name: str) -> None:
    """There is one of this name."""

    def replace() -> None:
        if save_template(workbench, name):
            bars.remove(KEY)

    buttons = {"Replace it": replace, "Another name": lambda: ask_for_name(workbench, bars)}
    bars.put(KEY, "warning", f"There is a template {name.strip()} already.", buttons)


def remove_template(template: Template, bars: Bars) -> None:
    """Remove one of the user's own templates; a bar puts it back."""
    try:
        content = template.file.read_bytes()
        template.file.unlink()
    except OSError as error:
        bars.put(KEY, "error", f"The template {template.title} was not removed: {error.strerror or error}")
        return

    def put_back() -> None:
        template.file.write_bytes(content)
        bars.remove(KEY)

    bars.put(KEY, "info", f"Removed the template {template.title}.", {"Put it back": put_back})
