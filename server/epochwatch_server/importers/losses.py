"""What an import could not have, told in a few sentences however much it was."""

MAX_TOLD = 3  # named one by one; of more the number is enough


class LossList(list[str]):
    """The losses of a log: the first few in words, then how many more."""

    def __init__(self) -> None:
        super().__init__()
        self.noted = 0

    def note(self, what: str) -> None:
        """Note one loss."""
        self.noted += 1
        if self.noted <= MAX_TOLD:
            self.append(what)
        else:
            self[MAX_TOLD:] = [f"{self.noted - MAX_TOLD:,} more like these"]
