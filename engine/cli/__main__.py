"""`python -m engine.cli` is the command `tidewire`."""

from engine.cli.command import entry

if __name__ == "__main__":
    entry()
