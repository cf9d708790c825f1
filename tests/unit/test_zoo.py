"""How a diagnosis is held against what is true of a service of the zoo."""

from typing import Any

import pytest

from tests.zoo.judging import judge, proven
from tests.zoo.services import PROVABLE, SERVICES, Service

BY_NAME = {service.called: service for service in SERVICES}


def test_the_zoo_has_distinct_names_and_says_what_is_true_of_each() -> None:
    assert len(BY_NAME) == len(SERVICES)
    for service in SERVICES:
        assert (service.size is None) == (service.held_s is None), service.called
        assert not set(service.never) & {*service.limits, *service.or_limited_by}, service.called
        held_alone = service.held_s is None or service.waits_s is None or service.held_s <= service.waits_s
        assert held_alone != service.in_turns and (service.size is None or service.users > service.size), service.called


def said(answer: str, *kinds: str, size: float | None = None, x_per_s: float = 1.0) -> dict[str, Any]:
    limits = [{"kind": kind, "size": size} for kind in kinds]
    evidence = {"steps": [{"throughput_per_s": 0.1}], "steady": {"throughput_per_s": x_per_s}}
    return {"finding": {"answer": answer, "limits": limits}, "evidence": evidence, "sentence": answer}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.called)
def test_the_truth_is_right(service: Service) -> None:
    theory = service.theory_per_s or 1.0
    judged = judge(service, said(service.answer, *service.limits, size=service.size, x_per_s=theory))
    assert (judged.outcome, judged.why) == ("right", "")


@pytest.mark.parametrize(
    ("name", "document", "outcome"),
    [
        ("psycopg sync", said("limited by", "thread tokens", size=40, x_per_s=25), "wrong"),
        ("psycopg sync", said("limited by", "connection pool", size=5, x_per_s=24), "right"),
        ("psycopg sync", said("limited by", "connection pool", size=5, x_per_s=23.5), "wrong"),
        ("psycopg sync", said("limited by", "connection pool", size=10, x_per_s=25), "wrong"),
        ("psycopg sync", said("inconclusive"), "inconclusive"),
        ("psycopg sync", said("between", "connection pool", "a core per worker"), "between"),
        ("psycopg sync", said("between", "connection pool", "thread tokens"), "wrong"),
        ("psycopg sync", said("between", "semaphore", "lock"), "wrong"),
        ("lock for a tenth", said("places of an unknown kind", x_per_s=12.5), "wrong"),  # "it does ten at once"
        ("small pool busy core", said("limited by", "connection pool", size=5), "wrong"),
        ("small pool busy core", said("limited by", "shared cores"), "right"),
        ("slow upstream", said("a wait outside"), "right"),
        ("slow upstream", said("no limit found"), "wrong"),
        ("deadlock of two", said("deadlock", "thread tokens", "connection pool"), "right"),
        ("deadlock of two", said("deadlock", "thread tokens"), "wrong"),
        ("deadlock of two", said("limited by", "connection pool"), "wrong"),
    ],
)
def test_what_else_is_said(name: str, document: dict[str, Any], outcome: str) -> None:
    assert judge(BY_NAME[name], document).outcome == outcome


def test_a_proof_keeps_what_was_promised_and_what_came() -> None:
    change = {"setting": "workers", "after": 2, "predicted_per_s": 50.0, "low_per_s": None, "high_per_s": None}
    proof = {"verdict": "as predicted", "step": {"throughput_per_s": 49.0}}
    found = proven(BY_NAME["blocked loop"], {"change": change, "proof": proof})
    assert (found.change, found.predicted_per_s, found.measured_per_s) == ("2 workers", 50.0, 49.0)
    nothing = proven(BY_NAME["blocked loop"], {"change": change, "proof": {"verdict": "inconclusive", "step": None}})
    assert nothing.measured_per_s is None


def test_what_can_be_proven_is_in_the_zoo() -> None:
    assert set(PROVABLE) <= set(BY_NAME)
