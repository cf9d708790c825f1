"""How lab 12 is broken on purpose: a request takes more or less than is declared."""

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.sabotage import Broken, path
from labs.lab12_hidden_tokens.lab import BASE, DEF_DEF, DEPENDENCY, NESTED, ONE, SINGLE

CASES: tuple[Broken, ...] = (
    # two turns of 3 s each, with 3 s of silence before each: 14 s hold two of them, one in each half
    Broken(fault="a dependency that nobody declared", variants=(BASE,), change=path(DEF_DEF.path), steady_s=14),
    # more than the tokens allow means that the model is wrong, not the claim
    Broken(
        fault="a dependency left out",
        variants=(DEPENDENCY,),
        change=path(SYNC_SLEEP.path),
        steady_s=None,
        inconclusive="above_ceiling",
    ),
    Broken(fault="the first connection is used again", variants=(SINGLE, NESTED), change=path(ONE.path)),
)
