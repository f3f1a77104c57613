"""The server's one tree of errors: each says what was given, what was expected and what to do."""


class EpochwatchError(Exception):
    """Something the caller can understand and mend. `status` is the HTTP status that fits."""

    status = 400
    error = "bad_request"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(EpochwatchError):
    """What was asked for is not there."""

    status = 404
    error = "not_found"


class Unauthorized(EpochwatchError):
    """No token, or a wrong one."""

    status = 401
    error = "unauthorized"


class Forbidden(EpochwatchError):
    """The request came from a place that may not ask this."""

    status = 403
    error = "forbidden"


class TooLarge(EpochwatchError):
    """The body is larger than the server takes."""

    status = 413
    error = "too_large"


class WrongMediaType(EpochwatchError):
    """The body is of a type that this route does not take."""

    status = 415
    error = "wrong_media_type"


class MalformedPacket(EpochwatchError):
    """A packet that cannot be read at all; nothing of it was stored."""

    status = 422
    error = "malformed_packet"


class InvalidInput(EpochwatchError):
    """A value that was understood but is not allowed."""

    status = 422
    error = "invalid_input"


class OutOfOrder(EpochwatchError):
    """A packet that does not follow what the server has of its writer; `expected` is the next record it takes."""

    status = 409
    error = "out_of_order"

    def __init__(self, detail: str, expected: int) -> None:
        super().__init__(detail)
        self.expected = expected


class Conflict(EpochwatchError):
    """What was asked does not fit what is so by now."""

    status = 409
    error = "conflict"


class StoreUnavailable(EpochwatchError):
    """The database cannot be written just now; nothing was confirmed, send again."""

    status = 503
    error = "store_unavailable"


class StoreDamaged(EpochwatchError):
    """The database file holds what no database holds; trying again cannot help."""

    status = 500
    error = "store_damaged"


class DatabaseInUse(EpochwatchError):
    """Another server already works on this data folder."""

    status = 409
    error = "database_in_use"
