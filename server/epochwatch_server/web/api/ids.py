"""The numbers that rows of the store go by, as they come in an address: none beyond what both engines hold."""

from typing import Annotated

from fastapi import Path, Query

MAX_ID = 2**62

IdInPath = Annotated[int, Path(ge=0, le=MAX_ID)]
IdInQuery = Annotated[int | None, Query(ge=0, le=MAX_ID)]
