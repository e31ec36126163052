"""`python -m engine.cli` is the command `tidewire`."""

import sys

from engine.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
