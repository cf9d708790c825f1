"""When a client's TCP asks again for a connection that the accept queue had no room for."""

LINEAR = 4  # Linux 6.5 and newer: net.ipv4.tcp_syn_linear_timeouts


def syn_after_s(until_s: float, linear: int = LINEAR) -> tuple[float, ...]:
    """When a client that gets no reply asks, seconds after the first time, before `until_s`.

    The first `linear` timeouts are 1 s long, and so is the next; each later one is twice as long. Linux
    before 6.5 has no linear ones (RFC 6298). Source: Linux, Documentation/networking/ip-sysctl.rst.
    """
    asked, pause_s = [0.0], 1.0
    while asked[-1] + pause_s < until_s:
        asked.append(asked[-1] + pause_s)
        if len(asked) > linear + 1:
            pause_s *= 2
    return tuple(asked)
