"""Ports for the demo's servers: the usual ones, or the next free when somebody has them."""

import errno
import socket

HOST = "127.0.0.1"
TRIES = 50


def is_free(port: int) -> bool:
    """Can a server listen there now?"""
    with socket.socket() as probe:
        # As servers do: a port that a stopped demo left in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def pick(wanted: int, taken: set[int]) -> int:
    """This port, or the next that is free and not in `taken`; `taken` learns the choice."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if port not in taken and is_free(port):
            taken.add(port)
            return port
    raise OSError(f"No free port between {wanted} and {wanted + TRIES}.")
