"""One request on its way through the service, and the stages that it passes."""

from enum import StrEnum

import simpy


class Stage(StrEnum):
    """Where a request is, in the order in which it may pass them."""

    CONNECT = "connect"  # in the accept queue, or waiting to ask again for a place in it
    LOOP = "loop"  # ready, and waiting for the loop or computing on it
    TOKEN = "token"  # waiting for a thread token
    THREAD = "thread"  # holding one
    CONNECTION = "connection"  # waiting for a connection
    QUERY = "query"  # holding one
    AWAIT = "await"  # waiting, and holding nothing
    BLOCK = "block"  # blocking the loop
    RESPONDED = "responded"


Stages = list[tuple[float, Stage]]


class Request:
    """One request of a user; `reply` fires with the number of the worker that responds, or with None at the timeout.

    `stages` are the times at which it entered each stage; None where nobody watches.
    """

    __slots__ = ("reply", "stages", "worker")

    def __init__(self, reply: simpy.Event, stages: Stages | None = None) -> None:
        self.reply, self.stages = reply, stages
        self.worker: int | None = None

    def enter(self, stage: Stage) -> None:
        if self.stages is not None:
            self.stages.append((self.reply.env.now, stage))

    def end(self, worker: int | None) -> None:
        if not self.reply.triggered:
            self.reply.succeed(worker)
