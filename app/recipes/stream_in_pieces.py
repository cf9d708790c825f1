import json
from collections.abc import Iterable, Iterator
from itertools import islice

from fastapi.responses import StreamingResponse


def pieces(rows: Iterable[dict[str, object]], rows_per_piece: int = 500) -> Iterator[str]:
    left = iter(rows)
    while piece := list(islice(left, rows_per_piece)):
        yield "".join(json.dumps(row) + "\n" for row in piece)  # one trip to a thread for all of them


def as_json_lines(rows: Iterable[dict[str, object]]) -> StreamingResponse:
    return StreamingResponse(pieces(rows), media_type="application/jsonl")
