"""Words under a negation, marked, so that a bag of words can tell "denied" from "did not deny".

After Pang, Lee and Vaithyanathan 2002, "Thumbs up? Sentiment classification using machine learning techniques",
https://aclanthology.org/W02-1011, who mark every word from a negation to the next punctuation mark. Here the unmarked
words stay as well, and a negation reaches five words far: news sentences are long and short of commas.
"""

import re

MARK = "¬"
_REACH = 5
_TOKENS = re.compile(r"\w+(?:['’]\w+)?|[.,;:?!—“”\"…]")
_NEGATIONS = re.compile(
    r"(?:no|not|never|nor|neither|none|nothing|nobody|nowhere|cannot|without|hardly|yet"
    r"|(?:refus|declin|fail)(?:e|es|ed|ing|s)?|\w+n['’]t)"
)


def mark_negation(text: str) -> str:
    """Return the text in lower case, the words under a negation once more behind it, each marked.

    >>> mark_negation("He did not deny it, she says.")
    'he did not deny it, she says. ¬deny ¬it'
    """
    text = text.lower()
    marked = []
    left = 0
    for token in _TOKENS.findall(text):
        if not token[0].isalnum():
            left = 0
            continue
        if left:
            marked.append(MARK + token)
            left -= 1
        if _NEGATIONS.fullmatch(token):
            left = _REACH
    return " ".join([text, *marked])
