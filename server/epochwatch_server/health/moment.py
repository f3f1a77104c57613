"""When a rule is asked."""

from enum import StrEnum


class Moment(StrEnum):
    """When a rule is asked."""

    START = "start"  # the run has said what it plans
    STEP = "step"  # step points arrived inside an epoch
    EPOCH = "epoch"  # an epoch is complete
    CLOCK = "clock"  # time passed and nothing arrived
    END = "end"  # the run has ended
