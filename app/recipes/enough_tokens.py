from math import floor


def share_that_waits(tokens: int, calls_per_s: float, seconds: float) -> float:
    """Erlang C: calls come at random to one worker, and each holds a token for about so many seconds."""
    busy = calls_per_s * seconds
    if busy >= tokens:
        return 1.0
    refused = 1.0
    for number in range(1, tokens + 1):
        refused = busy * refused / (number + busy * refused)
    return refused / (1 - busy / tokens * (1 - refused))


def enough_tokens(calls_per_s: float, seconds: float, at_most: float) -> int:
    """The fewest tokens with which no more than the share `at_most` of the calls waits; `at_most` above 0."""
    tokens = floor(calls_per_s * seconds) + 1
    while share_that_waits(tokens, calls_per_s, seconds) > at_most:
        tokens += 1
    return tokens
