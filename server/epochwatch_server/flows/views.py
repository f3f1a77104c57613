"""What viewers keep for each other: names for views of a page, and words about runs seen side by side."""

from collections.abc import Callable, Sequence

from epochwatch_server.domain.errors import InvalidInput, NotFound
from epochwatch_server.domain.view import SavedView
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.packet_header import without_controls
from epochwatch_server.store import runs, views
from epochwatch_server.store.database import Connection
from epochwatch_server.store.writer import Writer

MAX_NAME_CHARS = 80
MAX_VIEWS = 200  # a menu that nobody can read helps nobody
MAX_NOTE_CHARS = 64 * 1024


class Views:
    """Acts for a viewer. Every method blocks until it is durable and may be called from any thread."""

    def __init__(self, writer: Writer, announcer: Announcer, clock_ms: Callable[[], int]) -> None:
        self._writer = writer
        self._announcer = announcer
        self._clock_ms = clock_ms

    def save(self, name: str, url: str) -> SavedView:
        """Give a page, as it is set up, a name; the view that had the name before gives way.

        Args:
            name: 1 to 80 characters.
            url: A path on this server with its query, already known to be one.

        Raises:
            InvalidInput: The name is empty or too long, or there are too many views.
        """
        name, now_ms = without_controls(name.strip()), self._clock_ms()
        if not 1 <= len(name) <= MAX_NAME_CHARS:
            raise InvalidInput(f"A name of {len(name)} characters was given; a view's takes 1 to {MAX_NAME_CHARS}.")

        def store(connection: Connection) -> SavedView:
            known = {view.name for view in views.list_views(connection)}
            if name not in known and len(known) >= MAX_VIEWS:
                raise InvalidInput(f"There are {MAX_VIEWS} saved views already; delete one that nobody uses.")
            return views.put_view(connection, name, url, now_ms)

        return self._writer.submit(store).result()

    def forget(self, view_id: int) -> None:
        """Forget a named view.

        Raises:
            NotFound: There is none of this id.
        """

        def store(connection: Connection) -> None:
            if not views.delete_view(connection, view_id):
                raise NotFound(f"There is no saved view {view_id}; it may have been deleted.")

        self._writer.submit(store).result()

    def write_note(self, run_ids: Sequence[str], note: str) -> str:
        """Write something about runs seen together, in place of what was written; an empty note takes it away.

        Returns: the note as it is kept.

        Raises:
            NotFound: One of the runs does not exist.
            InvalidInput: The note is too long.
        """
        if len(note) > MAX_NOTE_CHARS:
            raise InvalidInput(f"A note of {len(note)} characters was given; it takes {MAX_NOTE_CHARS}.")
        kept, now_ms = note.strip(), self._clock_ms()

        def store(connection: Connection) -> str:
            for run_id in run_ids:
                if runs.get_run(connection, run_id) is None:
                    raise NotFound(f"There is no run {run_id[:64]!r}; it may have been deleted.")
            views.put_comparison_note(connection, run_ids, kept, now_ms)
            return views.get_comparison_note(connection, run_ids)

        written = self._writer.submit(store).result()
        self._announcer.note(run_ids)
        return written
