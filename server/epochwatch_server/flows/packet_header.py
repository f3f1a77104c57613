"""The outside of a packet: its limits, its header, and the list of what was refused of it."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from epochwatch_server.domain.errors import MalformedPacket
from epochwatch_server.domain.packet import Rejection

MAX_BODY_BYTES = 16 * 2**20  # on the wire
MAX_PACKET_BYTES = 64 * 2**20  # inflated
MAX_HEADER_BYTES = 8 * 2**20
MAX_RECORDS = 65_536
MAX_NAME_CHARS = 256
MAX_NUMBER = 2**62  # record numbers; far beyond any run, and sums stay within int64
MAX_STEP = 2**53  # beyond it a browser's numbers are no longer whole
MIN_TIME, MAX_TIME = 946_684_800.0, 4_102_444_800.0  # the years 2000 to 2100, in seconds since 1970
MAX_REJECTIONS = 100  # named one by one; the rest is counted
MAX_QUOTE_CHARS = 80

# Escapes of what UTF-8 or PostgreSQL cannot hold: NUL, and half a surrogate pair. Escaped backslashes and whole pairs
# are matched first, so that they are stepped over.
_UNSTORABLE = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Strict(BaseModel):
    """A part of a packet: types as they are, no `"1"` for 1 and no `false` for 0.0; unknown fields are newer hooks'."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class BlockHeader(Strict):
    """A table of numbers: one row for each `log`, one column for each name."""

    names: list[str]
    rows: Annotated[int, Field(ge=0, le=MAX_RECORDS)]


class ImageHeader(Strict):
    """An image file that follows, named by the hook's key of its pixels."""

    key: str
    bytes: Annotated[int, Field(ge=0, le=MAX_PACKET_BYTES)]


class PacketHeader(Strict):
    """What the packet holds, in the order in which it follows."""

    version: Literal[1]
    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    writer: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    first: Annotated[int, Field(ge=0, le=MAX_NUMBER)]
    count: Annotated[int, Field(ge=0, le=MAX_RECORDS)]
    sent: Annotated[float, Field(ge=MIN_TIME, le=MAX_TIME)]
    blocks: Annotated[list[BlockHeader], Field(max_length=MAX_RECORDS)] = []
    events: Annotated[list[dict[str, Any]], Field(max_length=MAX_RECORDS)] = []
    images: Annotated[list[ImageHeader], Field(max_length=MAX_RECORDS)] = []
    missing_from: Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None = None
    refused: bool = False


class Refusals:
    """What was refused of one packet: the first hundred by name, the rest as a number."""

    def __init__(self) -> None:
        self._named: list[Rejection] = []
        self._further = 0

    def add(self, where: str, given: object, expected: str) -> None:
        """Name one refused part."""
        if len(self._named) < MAX_REJECTIONS:
            self._named.append(Rejection(where, quote(given), expected))
        else:
            self._further += 1

    def as_list(self) -> list[Rejection]:
        """List them, ending with how many more there were."""
        if not self._further:
            return self._named
        return [*self._named, Rejection("packet", f"{self._further} more refused parts", "see those before")]


def read_header(raw: bytes) -> PacketHeader:
    """Validate the header from its raw bytes.

    Raises:
        MalformedPacket: It is no header of this version.
    """
    if b"\\u" in raw:
        raw = _UNSTORABLE.sub(lambda found: found[1] or b"\\ufffd", raw)
    try:
        return PacketHeader.model_validate_json(raw)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(["header", *map(str, problem["loc"])])
        given = quote(problem["input"]) if problem["loc"] else f"{len(raw)} bytes"
        raise MalformedPacket(f"{where[:200]}: given {given}, expected: {problem['msg'][:200]}") from error


def quote(given: object) -> str:
    """Show a value on one line, cut to what a reader needs to recognise it."""
    if isinstance(given, str):
        given = given[: MAX_QUOTE_CHARS + 1]
    elif isinstance(given, int) and abs(given) >= 10**40:
        return "a whole number of more than 40 digits"
    elif isinstance(given, (list, dict, bytes, memoryview)):
        return f"a {type(given).__name__} of {len(given)}"
    text = repr(given)
    return text if len(text) <= MAX_QUOTE_CHARS else text[: MAX_QUOTE_CHARS - 1] + "…"


def name_problem(name: str) -> str | None:
    """Say what a metric's name should have been; None when it is right."""
    if not name.strip():
        return "a name with at least one visible character"
    if len(name) > MAX_NAME_CHARS:
        return f"a name of at most {MAX_NAME_CHARS} characters"
    if _CONTROL.search(name) or "\ufffd" in name:  # the second is what became of the worst of them
        return "a name without control characters"
    return None


def without_controls(text: str) -> str:
    """Replace what no line can show, so that a name stays one line in tables, logs and terminals."""
    return _CONTROL.sub("\ufffd", text)
