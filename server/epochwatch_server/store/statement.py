"""One SQL text for both engines, sent to the driver as it is: the hot paths' half of the layer over Core."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult

from epochwatch_server.store.columns import clean_text

# SQLite takes 32,766 parameters in one statement, PostgreSQL 65,535.
MAX_PARAMETERS = 30_000


class Statement:
    """SQL with `?` for each parameter, the same for both engines.

    `exec_driver_sql` stores rows twice as fast as Core does, because Core looks at every value.
    """

    def __init__(self, text: str, **parts: str) -> None:
        """Put a statement together from constants: `{name}` in it becomes the part of this name. Values never do."""
        text = text.format(**parts) if parts else text
        self._texts = {"sqlite": text, "postgresql": text.replace("?", "%s")}

    def run(self, connection: Connection, *parameters: Any) -> int:
        """Execute once and return the number of rows it touched."""
        return self._execute(connection, parameters).rowcount

    def run_all(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute once for each row of parameters."""
        if rows:
            connection.exec_driver_sql(self._texts[connection.dialect.name], list(rows))

    def rows(self, connection: Connection, *parameters: Any) -> list[tuple[Any, ...]]:
        """Fetch all rows, as the driver gives them: Core's own rows cost as much again as fetching."""
        result = self._execute(connection, parameters)
        rows = [] if result.cursor is None else list(result.cursor.fetchall())
        result.close()
        return rows

    def row(self, connection: Connection, *parameters: Any) -> tuple[Any, ...] | None:
        """Fetch the first row, or None."""
        rows = self.rows(connection, *parameters)
        return rows[0] if rows else None

    def _execute(self, connection: Connection, parameters: tuple[Any, ...]) -> CursorResult[Any]:
        """Execute once; text that no engine takes, as in an address made up by hand, finds and breaks nothing."""
        cleaned = tuple(clean_text(value) if isinstance(value, str) else value for value in parameters)
        return connection.exec_driver_sql(self._texts[connection.dialect.name], cleaned)


def question_marks(values: Sequence[Any]) -> str:
    """Write the inside of `IN (...)` for these values."""
    return ", ".join("?" * len(values))


def portions(values: Sequence[Any], size: int = MAX_PARAMETERS) -> Iterable[Sequence[Any]]:
    """Cut values into pieces that one statement can take."""
    return (values[start : start + size] for start in range(0, len(values), size))
