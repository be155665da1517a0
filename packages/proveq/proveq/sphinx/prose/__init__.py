"""Sentences held by the run: the numbers that they print, and what they claim.

Four things say where a sentence has its facts from.

``{value}`loss[-1]:.2f```
    Prints a number of the page's cells, with so many digits. In an alternative text too.
``{shown}`loss[-1] < loss[0]```
    Ends a sentence that compares or counts: the expression must be true, in every entry. Its signs must be those of
    the sentence's words, `<` for "falls" or "smaller", `max` for "largest"; and it holds the numbers that occur in it.
``{unshown}`meaning```
    Ends a sentence that compares and claims nothing of the run; the kinds are in `UNSHOWN`.
`typed:` in the front matter
    Numbers that are written, not printed, by the words around them: `40 steps: x.shape[1]` must be equal in the run,
    `between 0 and 1: (bound)` says of which kind they are; `proveq_typed` has those of the whole book.

An expression has the values that its names have after the cells above it; ` @ below` after it, those after the next.

A sentence that compares without one of these, or has a number from nowhere, is an error; on a page whose front matter
has `sentences: open` they are counted.  What a docstring says is no sentence of the page; a block to which another
extension gives the attribute `proveq_quoted` tells of the work of others, and nothing of it is asked.
"""
