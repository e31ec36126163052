"""What mouse and keys do on the canvas, in words: the page of shortcuts is made from it.

Beside `keys.py`, which says what each key does; a test holds the two together.
"""

from __future__ import annotations

KEYS: tuple[tuple[str, str], ...] = (
    ("Tab", "Search for a node to add; any letter does so too"),
    ("Del; Backspace", "Remove the selected nodes and wires"),
    ("F2", "Rename the selected node"),
    ("Home", "Show the whole graph"),
    ("Ctrl+0", "Zoom to 100 %"),
    ("Esc", "Give up a gesture; select nothing; leave a group"),
    ("Return; Enter", "Open the selected group; write in the selected frame or comment"),
    ("Ctrl+Down", "Open the selected group"),
    ("Ctrl+Up", "Leave the group"),
    ("Ctrl+Right", "Go to the next node"),
    ("Ctrl+Left", "Go to the node before"),
    ("Left; Right; Up; Down", "Move what is selected"),
    ("Shift+Left; Shift+Right; Shift+Up; Shift+Down", "Resize the selected frame or comment"),
    ("Menu; Shift+F10", "Open the menu of the selected node"),
    ("Shift+Tab", "Leave the canvas"),
)
"""Keys that work while the canvas has the keyboard, as Qt writes them; several are separated by "; "."""

MOUSE: tuple[tuple[str, str], ...] = (
    ("Double click on the ground", "Search for a node to add there"),
    ("Double click on a title", "Rename the node"),
    ("Drag from a port", "Draw a wire; in empty space you are offered what fits"),
    ("Drag the end of a wire", "Wire it elsewhere; in empty space it is removed"),
    ("Click a wire", "Look at what goes through it"),
    ("Click on where a node runs", "Choose a thread or process for it"),
    ("Click on an error", "Show where it comes from"),
    ("Drag a node", "Move it, and all that are selected; onto a wire it is put in between"),
    ("Drag a node with Alt", "Move it without putting it into a wire"),
    ("Drag a frame by its title", "Move it with all that lies on it"),
    ("Double click a group", "Open it"),
    ("Double click a frame or comment", "Write in it"),
    ("Drag in the minimap", "Look at another part of the graph"),
    ("Drag on the ground", "Select what the frame touches"),
    ("Ctrl+click or Shift+click", "Add to the selection, or take from it"),
    ("Drag from the list of nodes", "Add a node; on a wire it is put in between"),
    ("Wheel", "Zoom where the mouse is"),
    ("Shift+wheel", "Move the view sideways"),
    ("Middle button, or space and drag", "Move the view"),
    ("Right click", "Open the menu of what is there"),
)
"""Gestures of the mouse."""
