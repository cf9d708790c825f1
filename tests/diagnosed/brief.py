"""The command line with loads as short as a fault needs, which judges no number: `python -m tests.diagnosed.brief`."""

from invoke.main import program

from labs.diagnose import bench, search

if __name__ == "__main__":
    search.SHORTEST_S, search.LONGEST_S = 0.6, 1.5
    bench.STEADY_SHORTEST_S, bench.STEADY_LONGEST_S = 1.2, 2.5
    program.run()
