"""How often a request is sent on a connection that the server is closing.

The server closes a connection `keep_alive_s` after its last response left. Half a round trip passes before the
client knows; a request that it sends meanwhile, and one that is under way when the server closes, find the
connection closed. So one is lost where the client's pause, from the response to the next request, lies in the
last round trip before the timeout. Times in seconds, shares of 1.
"""

from math import exp


def lost_after(pause_s: float, keep_alive_s: float, round_trip_s: float) -> bool:
    """Whether a request is lost that a client sends this long after a response."""
    return keep_alive_s - round_trip_s < pause_s < keep_alive_s


def share_after_random(mean_pause_s: float, keep_alive_s: float, round_trip_s: float) -> float:
    """How often an exponential pause lies in the last round trip before the timeout: the exponential law twice."""
    earliest_s = max(0.0, keep_alive_s - round_trip_s)
    return exp(-earliest_s / mean_pause_s) - exp(-keep_alive_s / mean_pause_s)


def lost_requests(share: float, requests: int, users: int) -> float:
    """How many of a run's requests are lost, where `share` of the pauses lie in that last round trip.

    A request after a lost one has a new connection, as each user's first has, so of n requests of a user the k-th is
    lost with x(k+1) = share·(1 − x(k)), x(1) = 0: in the long run share / (1 + share) of them, and from the first on
    1 / (1 + share) requests' worth fewer.
    """
    return share / (1 + share) * (requests - users / (1 + share))
