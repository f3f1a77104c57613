"""A sample as a hook sends it, by hand."""

from typing import Any

KEY = "a" * 32


def sample(**fields: Any) -> dict[str, Any]:
    return {"id": "first", "image": KEY, "width": 384, "height": 384, "gt": [[100.0, 50.0]], "pred": [[123.0, 50.0]],
            "error_px": 23.0, "gt_done": 0, "pred_done": 0.12, "caption": "", "extra": {}, **fields}  # fmt: skip
