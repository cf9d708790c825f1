"""A service whose environment lacks what it imports."""

import shop_of_nobody  # type: ignore[import-not-found]

app = shop_of_nobody.app
