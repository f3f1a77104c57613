"""The config and summary of a run: dictionaries that are read by attribute too and tell when they change."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from epochwatch.free_values import as_mapping
from epochwatch.guard import guarded


class RunConfig(MutableMapping[str, Any]):
    """A dictionary that is also read and set by attribute, and tells when it was changed."""

    _values: dict[str, Any]
    _changed: Callable[[], None]

    def __init__(self, values: Mapping[str, Any], changed: Callable[[], None] = lambda: None) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_changed", changed)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[str(key)] = value
        self._changed()

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._changed()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"no setting named {name!r}; there are {', '.join(self._values) or 'none'}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __repr__(self) -> str:
        return repr(self._values)

    def as_dict(self) -> dict[str, Any]:
        """Return a copy as it is at this moment, even while another thread changes it."""
        return dict(self._values)

    @guarded(None)
    def update(self, *others: Any, **more: Any) -> None:
        """Take over other settings: a mapping, pairs, a namespace or a dataclass.  `allow_val_change` is ignored."""
        more.pop("allow_val_change", None)
        for other in others:
            self._values.update(as_mapping(other))
        self._values.update(more)
        self._changed()
