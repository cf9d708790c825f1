"""Code to copy into a service of your own: each module stands on the page of the lab that explains it."""
