"""What random arrivals make of a resource that isn't full: who waits, and for how long.

The ceilings of `queueing` say how much a resource can do at most. Requests that arrive at random find it
busy long before that. Rates are per second, times in seconds; an offered load is a number of servers,
arrival rate × service time, and is also the mean number in use (Little's law).

Sources: A. K. Erlang, "Solution of some Problems in the Theory of Probabilities of Significance in
Automatic Telephone Exchanges", 1917; A. O. Allen, "Probability, Statistics, and Queueing Theory", 2nd ed.,
1990, section 5.3.5 (Allen and Cunneen).
"""

from math import inf


def erlang_b(servers: int, offered: float) -> float:
    """The share that finds all servers busy where such a request is refused. Poisson arrivals, any service time."""
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """The share that waits where all busy means to queue; 1 from the ceiling on.

    Poisson arrivals, exponential service times. `offered` is λ·S, in servers.
    """
    if offered <= 0:
        return 0.0
    if offered >= servers:
        return 1.0
    blocked = erlang_b(servers, offered)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_wait(
    servers: int, arrivals_per_s: float, service_time_s: float, arrival_cv2: float = 1.0, service_cv2: float = 1.0
) -> float:
    """How long a request waits on average before it is served, seconds; inf from the ceiling on.

    Allen and Cunneen: Erlang C's wait × (ca² + cs²) / 2, exact for Poisson arrivals (ca² = 1) and
    exponential service times (cs² = 1), an approximation elsewhere. A constant service time has cs² = 0.
    """
    offered = arrivals_per_s * service_time_s
    if offered >= servers:
        return inf
    exponential_s = erlang_c(servers, offered) * service_time_s / (servers - offered)
    return exponential_s * (arrival_cv2 + service_cv2) / 2


def servers_for(offered: float, share_that_waits: float) -> int:
    """The fewest servers with which no larger share of random arrivals waits. Raises ValueError for a share of 0."""
    if not 0 < share_that_waits <= 1:
        raise ValueError(f"a share that waits lies between 0 and 1, not {share_that_waits}")
    servers = int(offered) + 1
    while erlang_c(servers, offered) > share_that_waits:
        servers += 1
    return servers
