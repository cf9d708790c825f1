"""A plugin of datasette: nap(seconds) in SQL sleeps, as a slow query takes its time without this machine's CPU."""

import time

from datasette import hookimpl


@hookimpl
def prepare_connection(conn):
    conn.create_function("nap", 1, lambda seconds: time.sleep(seconds) or seconds)
