"""What a chart is when it is drawn: traces and layout as plain values, and their JSON."""

from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

# Plain dicts and no plotly.graph_objects: importing those costs 95 ms and validating a figure more than drawing it.
# That every figure is legal is what the tests prove with them.
Trace = dict[str, Any]
Layout = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A Plotly figure. Colours are placeholders `token:x`; numbers are finite or None, which draws a gap."""

    data: list[Trace]
    layout: Layout

    def as_dict(self) -> dict[str, Any]:
        """Return the figure as Plotly takes it."""
        return {"data": self.data, "layout": self.layout}

    def to_json(self) -> bytes:
        """Encode the figure; a non-finite number that slipped through becomes null, for a browser reads no NaN."""
        return to_json(self.as_dict(), inf_nan_mode="null")
