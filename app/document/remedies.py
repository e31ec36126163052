"""Applying a remedy or a suggestion to the document: one undo step, by the name that its button has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.insight.remedy import Remedy

if TYPE_CHECKING:
    from app.document.document import Document


def apply_remedy(document: Document, remedy: Remedy) -> bool:
    """Do what a remedy says; False, with a `message`, when it was refused."""
    return document.edit(remedy.label, remedy.apply_to)
