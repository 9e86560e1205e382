"""Refusals of the trade: the message is for the person who reads it."""


class OrderError(Exception):
    """Something the order does not allow now; the text says what and the way out."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
