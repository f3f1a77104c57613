"""The catalogue is whole: every file is listed, documented and has a sample."""

from pathlib import Path

from tests.server.notify.samples import FILLED_IN

from epochwatch_server.notify import kinds
from epochwatch_server.notify.catalogue import KINDS


def test_every_kind_has_a_file_and_every_file_is_listed() -> None:
    folder = Path(kinds.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == {kind.id for kind in KINDS}
    assert [kind.id for kind in KINDS] == list(dict.fromkeys(kind.id for kind in KINDS))


def test_every_kind_has_a_sample_and_no_scheme_belongs_to_two() -> None:
    assert set(FILLED_IN) == {kind.id for kind in KINDS}
    schemas = [schema for kind in KINDS for schema in kind.schemas]
    assert len(schemas) == len(set(schemas))


def test_every_kind_says_in_the_docs_what_it_needs() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "notifications.md").read_text()
    for kind in KINDS:
        assert f"| {kind.title} |" in docs
        for schema in kind.schemas:
            assert f"`{schema}://`" in docs
