"""What a thread waited for a processor that other programs used: no fault of what is measured, so it is left out."""

from __future__ import annotations


def waited_for_processor(thread: int) -> float:
    """Seconds for which a thread of this process, given by its native id, has been ready to run and has not run.

    Linux counts it for each thread. What a thread waits for within the program, the interpreter's lock for one, is not
    in it.
    """
    try:
        with open(f"/proc/self/task/{thread}/schedstat", "rb", buffering=0) as figures:
            return int(figures.read().split()[1]) / 1e9
    except OSError:  # another system, or the thread has ended
        return 0.0
