"""One model for each layer of a sample, as the packet's version 1 defines them."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from epochwatch_server.flows.event_models import Done, Free, Number, Text, Title
from epochwatch_server.flows.packet_header import Strict

MAX_LAYERS = 32
MAX_BOXES = 1_000
MAX_LINE_POINTS = 4_096
MAX_SIGNAL_POINTS = 8_192
MAX_CLASSES = 1_000
MAX_UNIT_CHARS = 24
MAX_LABEL_CHARS = 80

Finite = Annotated[float, Field(allow_inf_nan=False)]
Label = Annotated[str, BeforeValidator(lambda given: given[:MAX_LABEL_CHARS] if isinstance(given, str) else given)]
Unit = Annotated[str, BeforeValidator(lambda given: given[:MAX_UNIT_CHARS] if isinstance(given, str) else given)]
Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]
Corners = Annotated[list[Finite], Field(min_length=4, max_length=4)]
Place = Annotated[int, Field(ge=0, lt=2**31)]
Of = Literal["gt", "pred", "input"]


class BoxLayer(Strict):
    """Boxes in pixels of the image, each [x0, y0, x1, y1]; labels and scores are as many, or none."""

    kind: Literal["box"]
    of: Of
    boxes: Annotated[list[Corners], Field(max_length=MAX_BOXES)]
    labels: list[Label | None] = Field(default_factory=list)
    scores: list[Number | None] = Field(default_factory=list)


class LineLayer(Strict):
    """Polylines in pixels of the image."""

    kind: Literal["line"]
    of: Of
    lines: Annotated[list[Annotated[list[Pair], Field(max_length=MAX_LINE_POINTS)]], Field(max_length=MAX_BOXES)]


class ScoresLayer(Strict):
    """Scores of classes: those that are shown by their index, and which one is true."""

    kind: Literal["scores"]
    of: Of
    classes: Annotated[list[Place], Field(max_length=MAX_CLASSES)]
    values: Annotated[list[Number], Field(max_length=MAX_CLASSES, default_factory=list)]
    names: Annotated[list[Label], Field(max_length=MAX_CLASSES)] | None = None
    truth: Place | None = None

    @model_validator(mode="after")
    def _columns_are_as_long(self) -> Self:
        if self.values and len(self.values) != len(self.classes):
            raise ValueError("expected one value for each class")
        if self.names is not None and len(self.names) != len(self.classes):
            raise ValueError("expected one name for each class")
        return self


class SignalLayer(Strict):
    """A signal of `n` points, or those of them that stand at the places `at`."""

    kind: Literal["signal"]
    of: Of
    values: Annotated[list[Number], Field(max_length=MAX_SIGNAL_POINTS)]
    at: Annotated[list[Place], Field(max_length=MAX_SIGNAL_POINTS)] | None = None
    n: Annotated[int, Field(ge=0, lt=2**53)] = 0

    @model_validator(mode="after")
    def _every_value_has_its_place(self) -> Self:
        if self.at is not None and len(self.at) != len(self.values):
            raise ValueError("expected one place for each value")
        return self


class PeaksLayer(Strict):
    """Positions on the signal, counted in its points."""

    kind: Literal["peaks"]
    of: Of
    at: Annotated[list[Finite], Field(max_length=MAX_SIGNAL_POINTS)]


Layer = BoxLayer | LineLayer | ScoresLayer | SignalLayer | PeaksLayer
LAYER: TypeAdapter[Layer] = TypeAdapter(Annotated[Layer, Field(discriminator="kind")])


class SampleItem(Strict):
    """One example: where it is, where it was seen. `layers` are read one by one."""

    id: Title
    image: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    gt: list[Pair] | None = None
    pred: list[Pair] | None = None
    error_px: Number | None = None
    error: Number | None = None
    error_unit: Unit = ""
    gt_done: Done | None = None
    pred_done: Done | None = None
    caption: Text = ""
    extra: Free = Field(default_factory=dict)
    layers: list[object] = Field(default_factory=list)
