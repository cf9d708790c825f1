"""Whose certificate is checked, where a service speaks TLS.

On this machine none is: it is mostly self-signed, or for the name that the service has elsewhere. Another host's is
checked, by Python and by k6, against the system's authorities or against those that SSL_CERT_FILE names.
"""

import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from labs.diagnose.target import LOOPBACK

UNCHECKED = "its certificate wasn't checked, because the service is on this machine"


def unchecked(url: str) -> bool:
    """Whether the certificate at this address is taken as it is."""
    parts = urlsplit(url)
    return parts.scheme == "https" and LOOPBACK.fullmatch(parts.hostname or "") is not None


def context(url: str) -> ssl.SSLContext:
    """What Python asks this address with."""
    found = ssl.create_default_context()
    if unchecked(url):
        found.check_hostname = False
        found.verify_mode = ssl.CERT_NONE
    return found


def settings(url: str) -> Mapping[str, str]:
    """What k6 has to be told of this address, in its environment."""
    return {"K6_INSECURE_SKIP_TLS_VERIFY": "true"} if unchecked(url) else {}
