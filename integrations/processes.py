"""Process sessions: each service lives in one of its own, so that nothing of it is left behind.

A service's children keep its session number whatever they are called, which is how survivors are
found (in /proc, on Linux; elsewhere the process group has to do).
"""

import contextlib
import os
import signal
from pathlib import Path

PROC = Path("/proc")


def members(session: int) -> list[int]:
    """The living processes of a session; [] where there is no /proc."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # "pid (name) state ppid pgrp session …"; the name may hold spaces and brackets.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(folder.name))
    return found


def kill(session: int) -> None:
    """End every process of a session, hard."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)
    for pid in members(session):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def command_of(pid: int) -> str:
    """How a process was started, "" when it is gone."""
    with contextlib.suppress(OSError):
        return (
            (PROC / str(pid) / "cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
        )
    return ""
