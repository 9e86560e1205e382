"""A JSON document store over SQLite: what a sandbox server remembers.

Documents live under a *kind* and an id, and are found by the index values they were put with.
One connection serves all threads under a lock: simple, and fast enough for one machine.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integrations.sandbox.kit import jsontext

Doc = dict[str, Any]
IndexValue = str | int | None

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    kind TEXT NOT NULL, id TEXT NOT NULL, created REAL NOT NULL,
    doc TEXT NOT NULL, keys TEXT NOT NULL, UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS entry (
    kind TEXT NOT NULL, name TEXT NOT NULL, value, id TEXT NOT NULL,
    PRIMARY KEY (kind, name, value, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_of_document ON entry (kind, id, name);
CREATE TABLE IF NOT EXISTS counter (scope TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, entry TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS log_stream ON log (stream, seq);
"""

# The last so many entries of a log, oldest first; a negative limit is none.
_LAST_ENTRIES = """
SELECT seq, entry FROM (
    SELECT seq, entry FROM log WHERE stream=? AND seq>? ORDER BY seq DESC LIMIT ?)
ORDER BY seq
"""
_EMPTY = ("DELETE FROM document", "DELETE FROM entry", "DELETE FROM counter", "DELETE FROM log")


class Store:
    """Thread-safe storage of JSON documents, counters and append-only logs.

    `path` is the SQLite file; None keeps everything in memory. `created` times are seconds of
    the machine's clock and decide only how long a new document stays out of lists.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            str(path) if path else ":memory:",
            check_same_thread=False,
            isolation_level=None,
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Give the file back; the store cannot be used afterwards."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside happen, or none; nests; other threads wait."""
        with self._lock:
            name = f"s{self._depth}"
            self._db.execute(f"SAVEPOINT {name}" if self._depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                undo = (f"ROLLBACK TO {name}", f"RELEASE {name}") if self._depth else ("ROLLBACK",)
                for statement in undo:
                    self._db.execute(statement)
                raise
            self._depth -= 1
            self._db.execute(f"RELEASE {name}" if self._depth else "COMMIT")

    # Documents

    def put(self, kind: str, doc_id: str, doc: Mapping[str, Any], **index: IndexValue) -> None:
        """Store `doc` under `kind` and `doc_id`, replacing it and all of its index values."""
        keys = {name: value for name, value in index.items() if value is not None}
        with self.transaction():
            held = self._db.execute(
                "SELECT keys FROM document WHERE kind=? AND id=?", (kind, doc_id)
            ).fetchone()
            old = jsontext.loads(held[0]) if held else {}
            if held:
                self._db.execute(
                    "UPDATE document SET doc=?, keys=? WHERE kind=? AND id=?",
                    (jsontext.dumps(doc), jsontext.dumps(keys), kind, doc_id),
                )
            else:
                self._db.execute(
                    "INSERT INTO document (kind, id, created, doc, keys) VALUES (?,?,?,?,?)",
                    (kind, doc_id, time.time(), jsontext.dumps(doc), jsontext.dumps(keys)),
                )
            self._reindex(kind, doc_id, old, keys)

    def _reindex(self, kind: str, doc_id: str, old: Doc, new: Doc) -> None:
        gone = [
            (kind, name, value, doc_id) for name, value in old.items() if new.get(name) != value
        ]
        came = [
            (kind, name, value, doc_id) for name, value in new.items() if old.get(name) != value
        ]
        if gone:
            self._db.executemany(
                "DELETE FROM entry WHERE kind=? AND name=? AND value=? AND id=?", gone
            )
        if came:
            self._db.executemany("INSERT INTO entry (kind, name, value, id) VALUES (?,?,?,?)", came)

    def get(self, kind: str, doc_id: str) -> Doc | None:
        """The document, or None."""
        with self._lock:
            row = self._db.execute(
                "SELECT doc FROM document WHERE kind=? AND id=?", (kind, doc_id)
            ).fetchone()
        if row is None:
            return None
        found: Doc = jsontext.loads(row[0])
        return found

    def find(
        self,
        kind: str,
        *,
        above: Mapping[str, int] | None = None,
        below: Mapping[str, int] | None = None,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        where: Mapping[str, IndexValue] | None = None,
        **index: IndexValue,
    ) -> list[Doc]:
        """Documents whose index values equal `index` (and `where`), in the order first put.

        `above` and `below` bound integer index values (exclusive); `order` names an index to
        sort by, and then leaves out documents that were put without it.
        """
        texts = self.find_json(
            kind,
            above=above,
            below=below,
            order=order,
            descending=descending,
            limit=limit,
            where=where,
            **index,
        )
        return [jsontext.loads(text) for text in texts]

    def find_json(
        self,
        kind: str,
        *,
        above: Mapping[str, int] | None = None,
        below: Mapping[str, int] | None = None,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        where: Mapping[str, IndexValue] | None = None,
        **index: IndexValue,
    ) -> list[str]:
        """As `find`, but the JSON texts themselves: for long lists that are passed straight on."""
        sql, values, column = _where(
            kind, above or {}, below or {}, order, {**(where or {}), **index}
        )
        direction = "DESC" if descending else "ASC"
        sql = f"SELECT d.doc {sql} ORDER BY {column} {direction}"
        if limit is not None:
            sql, values = f"{sql} LIMIT ?", [*values, limit]
        with self._lock:
            return [row[0] for row in self._db.execute(sql, values)]

    def count(self, kind: str, **index: IndexValue) -> int:
        """How many documents of `kind` have these index values."""
        sql, values, _ = _where(kind, {}, {}, None, index)
        with self._lock:
            row = self._db.execute(f"SELECT count(*) {sql}", values).fetchone()
        return int(row[0])

    def lowest_since(self, kind: str, name: str, moment: float) -> int | None:
        """The lowest `name` index among documents created after `moment` (seconds, own clock)."""
        with self._lock:
            row = self._db.execute(
                "SELECT min(e.value) FROM document d JOIN entry e"
                " ON e.kind=d.kind AND e.name=? AND e.id=d.id WHERE d.kind=? AND d.created>?",
                (name, kind, moment),
            ).fetchone()
        return None if row[0] is None else int(row[0])

    def delete(self, kind: str, doc_id: str) -> None:
        """Forget the document, if it is there."""
        with self.transaction():
            row = self._db.execute(
                "SELECT keys FROM document WHERE kind=? AND id=?", (kind, doc_id)
            ).fetchone()
            if row is None:
                return
            self._reindex(kind, doc_id, jsontext.loads(row[0]), {})
            self._db.execute("DELETE FROM document WHERE kind=? AND id=?", (kind, doc_id))

    def kinds(self) -> dict[str, int]:
        """Every kind that has documents, with how many."""
        with self._lock:
            rows = self._db.execute("SELECT kind, count(*) FROM document GROUP BY kind").fetchall()
        return dict(rows)

    def mark_old(self) -> None:
        """Call after seeding: what is stored now is no news, so no list lag hides it."""
        with self._lock:
            self._db.execute("UPDATE document SET created=0")

    # Counters

    def next_version(self, scope: str, step: int = 1) -> int:
        """The next number of a counter; the first is `step`."""
        with self._lock:
            row = self._db.execute(
                "INSERT INTO counter (scope, value) VALUES (?, ?) ON CONFLICT (scope)"
                " DO UPDATE SET value=value+? RETURNING value",
                (scope, step, step),
            ).fetchone()
        return int(row[0])

    def set_version(self, scope: str, value: int) -> None:
        """Let the counter go on after `value`."""
        with self._lock:
            self._db.execute(
                "INSERT INTO counter (scope, value) VALUES (?, ?)"
                " ON CONFLICT (scope) DO UPDATE SET value=excluded.value",
                (scope, value),
            )

    # Append-only logs

    def append(self, stream: str, entry: Mapping[str, Any]) -> int:
        """Add `entry` to a log and answer its number, which rises over all logs."""
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO log (stream, entry) VALUES (?, ?)",
                (stream, jsontext.dumps(entry)),
            )
        return int(cursor.lastrowid or 0)

    def read(self, stream: str, after: int = 0, latest: int | None = None) -> list[Doc]:
        """Entries of a log in order, each with its number as `seq`; `latest` keeps the last few."""
        values = (stream, after, -1 if latest is None else latest)
        with self._lock:
            rows = self._db.execute(_LAST_ENTRIES, values).fetchall()
        return [{"seq": seq, **jsontext.loads(entry)} for seq, entry in rows]

    def clear(self) -> None:
        """Forget everything: documents, counters and logs."""
        with self.transaction():
            for statement in _EMPTY:
                self._db.execute(statement)


def _where(
    kind: str,
    above: Mapping[str, int],
    below: Mapping[str, int],
    order: str | None,
    index: Mapping[str, IndexValue],
) -> tuple[str, list[Any], str]:
    """FROM and WHERE of a search, its values, and the column to sort by.

    Each index name asked for is one join of `entry`; CROSS JOIN makes SQLite walk them as
    written. A bounded feed starts at its bound, everything else at its equal values.
    """
    tests: dict[str, list[tuple[str, IndexValue]]] = {}
    ranged = [*above, *below] if above or below else []
    for name in [*ranged, *index, *([order] if order else [])]:
        tests.setdefault(name, [])
    for operator, wanted in (("=", index), (">", above), ("<", below)):
        for name, value in wanted.items():
            tests[name].append((operator, value))

    sources: list[str] = []
    where: list[str] = []
    values: list[Any] = []
    for number, (name, conditions) in enumerate(tests.items()):
        alias = f"e{number}"
        sources.append(f"entry {alias}")
        where.append(f"{alias}.kind=? AND {alias}.name=?")
        values.extend((kind, name))
        if number:
            where.append(f"{alias}.id=e0.id")
        for operator, value in conditions:
            where.append(f"{alias}.value{operator}?")
            values.append(value)
    sources.append("document d")
    where.append("d.kind=? AND d.id=e0.id" if tests else "d.kind=?")
    values.append(kind)
    column = f"e{list(tests).index(order)}.value" if order else "d.rowid"
    return (
        f"FROM {' CROSS JOIN '.join(sources)} WHERE {' AND '.join(where)}",
        values,
        column,
    )
