import pytest

from stance.negation import mark_negation


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("He denied it.", ""),
        ("He did not deny it, she says.", "¬deny ¬it"),
        ("It isn’t true.", "¬true"),
        ("She refused to confirm the report", "¬to ¬confirm ¬the ¬report"),
        ("Nobody has yet said when", "¬has ¬yet ¬said ¬when"),
        ("No a b c d e f", "¬a ¬b ¬c ¬d ¬e"),
        ("It failed", ""),
        ("", ""),
    ],
)
def test_words_under_a_negation_are_marked(text: str, marked: str) -> None:
    assert mark_negation(text) == " ".join([text.lower(), *marked.split()])
