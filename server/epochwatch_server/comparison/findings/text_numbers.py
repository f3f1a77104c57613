"""Settings that are numbers in one run and text in another."""

from collections.abc import Sequence

from epochwatch_server.comparison.compared import Compared
from epochwatch_server.comparison.config_table import config_rows
from epochwatch_server.comparison.finding import CompareFinding


def find(group: Sequence[Compared], metric: str | None) -> list[CompareFinding]:
    """Name keys whose value is a number here and the same kind of number as text there."""
    del metric
    told = []
    for row in config_rows(group):
        as_text = [place for place, cell in enumerate(row.cells) if cell.is_text_number]
        if not as_text or not any(cell.number is not None for cell in row.cells):
            continue
        place = as_text[0]
        text = (
            f"{row.key} is the text {row.cells[place].text} in {group[place].name} and a number in others: "
            "YAML reads 1e-5 as text, 1.0e-5 as a number."
        )
        told.append(CompareFinding("text_numbers", text, tuple(group[one].run.id for one in as_text), keys=(row.key,)))
    return told
