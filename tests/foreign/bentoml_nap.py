"""A model served by BentoML, written as its documentation shows: it takes its time on hardware of its own."""

import time

import bentoml


@bentoml.service
class Nap:
    @bentoml.api
    def predict(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds
