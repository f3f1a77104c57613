"""What a run sends along in any shape is kept as it is, or says what is missing."""

from epochwatch_server.flows.free_values import MAX_TEXT_CHARS, tame


def test_a_text_that_is_too_long_says_how_much_of_it_is_left_out() -> None:
    whole = "x" * MAX_TEXT_CHARS
    assert tame({"prompt": whole}) == {"prompt": whole}
    cut = tame({"prompt": whole + "y" * 7})["prompt"]
    assert cut.startswith(whole)
    assert cut.endswith("(7 characters left out)")
