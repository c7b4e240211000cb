"""Kill a service while it takes writes, over and over, and check every acknowledged write.

scripts/crash.py --rounds 200

Each round starts 'alsoread serve', lets clients put and delete articles, one by one and as lines of
a stream, and kills it with SIGKILL at a random moment. Every client keeps a ledger. After each
round the archive must have every acknowledged write; a write without a reply may be there or not,
but never half. Every list must be the one that the model's terms give when all articles are weighed
anew. The first error ends the run with exit code 1.
"""

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from recommender import Catalog, Config, ModelStore, train
from stress.ledger import Ledger
from stress.service import Service, write

CLIENTS, IDS_OF_CLIENT = 4, 12
# Scores in replies have six decimals.
CLOSE = 1.5e-6


def archive_errors(folder: Path, ledgers: list[Ledger]) -> Iterator[str]:
    """Yield what is wrong with the archive of a service that was killed."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        [(result,)] = connection.execute("PRAGMA integrity_check").fetchall()
        if result != "ok":
            yield f"the database: {result}"
    with Catalog(f"sqlite:///{folder}/archive.db") as catalog:
        for ledger in ledgers:
            for key in ledger.acknowledged:
                if error := ledger.check(key, catalog.get(key)):
                    yield error
        revisions = [revision for revision, _, _ in catalog.changes(0)]
        if len(set(revisions)) != len(revisions) or max(revisions) != catalog.revision:
            yield "revisions: not one for each change"


def list_errors(service: Service, folder: Path, ledgers: list[Ledger]) -> Iterator[str]:
    """Yield which lists differ from those computed from scratch with the terms of the model."""
    stored = [each for ledger in ledgers for each in ledger.acknowledged.values() if each]
    row_of = {article.id: row for row, article in enumerate(stored)}
    model = ModelStore(folder / "models").load()
    _, rows = model.space.extended(stored)
    matrix = csr_array((rows.data, rows.indices, rows.indptr), (len(stored), rows.columns))
    # No article has a date.
    all_scores = (matrix @ matrix.T).toarray() * float(model.index.times.unknown)
    np.fill_diagonal(all_scores, 0)
    for key, row in row_of.items():
        query = "limit=50&duplicates=show"
        with service.request("GET", f"/v1/articles/{key}/recommendations?{query}") as reply:
            items = json.loads(reply.read())["items"]
        scores, listed = all_scores[row], {item["id"]: item["score"] for item in items}
        if not listed.keys() <= row_of.keys():
            yield f"the list of {key} has {sorted(listed.keys() - row_of.keys())}"
        elif len(listed) != min(50, np.count_nonzero(scores)):
            yield f"the list of {key} has {len(listed)} items"
        elif any(abs(score - scores[row_of[other]]) > CLOSE for other, score in listed.items()):
            yield f"the list of {key} has other scores than from scratch"
        elif listed and min(listed.values()) < np.sort(scores)[::-1][len(listed) - 1] - CLOSE:
            yield f"the list of {key} lacks a better article"


def prepare(folder: Path, ledgers: list[Ledger]) -> None:
    """Make an archive of every client's articles, and train on it."""
    with Catalog(f"sqlite:///{folder}/archive.db") as catalog:
        for ledger in ledgers:
            ledger.acknowledged = {key: ledger.new_article(key) for key in ledger.acknowledged}
            catalog.put(article for article in ledger.acknowledged.values() if article)
        train(catalog, ModelStore(folder / "models"), Config(), now=datetime.now(UTC))


def run_round(folder: Path, ledgers: list[Ledger], seconds: float) -> tuple[int, list[str]]:
    """Start, write and kill; return the number of writes without a reply, and the errors."""
    errors: list[str] = []
    service = Service(folder)
    errors += list_errors(service, folder, ledgers)
    clients = [threading.Thread(target=write, args=(service, each, errors)) for each in ledgers]
    for client in clients:
        client.start()
    time.sleep(seconds)
    service.kill()
    for client in clients:
        client.join()
    pending = sum(bool(writes) for ledger in ledgers for writes in ledger.pending.values())
    errors += archive_errors(folder, ledgers)
    return pending, errors


def main() -> None:
    """Run the rounds and print what was acknowledged."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20, help="number of times to kill it")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other writes")
    arguments = parser.parse_args()
    rng, start = random.Random(arguments.seed), time.monotonic()
    ids = [[f"c{client}-{n}" for n in range(IDS_OF_CLIENT)] for client in range(CLIENTS)]
    ledgers = [Ledger(each, arguments.seed * 100 + client) for client, each in enumerate(ids)]
    acknowledged = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(folder, ledgers)
        for number in range(1, arguments.rounds + 1):
            pending, errors = run_round(folder, ledgers, rng.uniform(0, 1))
            if errors:
                sys.exit(f"round {number}: " + "\n".join(errors[:5]))
            acknowledged = sum(ledger.count for ledger in ledgers)
            print(f"round {number}: {acknowledged:,} acknowledged, {pending} pending", flush=True)
        ModelStore(folder / "models").verify(ModelStore(folder / "models").names()[0])
    seconds = time.monotonic() - start
    summary = f"{arguments.rounds} rounds, {acknowledged:,} writes acknowledged, none lost"
    print(f"{summary}, {seconds:.0f} s")
