"""Page: a news page as plain text, with its READ MORE ON and ALSO READ lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, BinaryIO

from recommender.errors import InputError

BULLET = re.compile(r"^[-–—*•·▪‣]\s*")  # noqa: RUF001
# A heading with text after it needs a colon or bar: "Also read the ruling" is a sentence.
HEADING = re.compile(r"(read more on|also read)\s*(?:[:|]\s*(.*))?", re.IGNORECASE)
AGENCY = re.compile(
    r"\((?:[A-Z]{2,8}|Reuters|Xinhua|Kyodo|Bloomberg|Associated Press|Agencies)"
    r"(?:(?:, | and |/| & )\w+)*\.?\)\.?"
    r"|(?i:\([^()]*(?:with\b.*\binputs?\b|\binputs? from\b|not been edited)[^()]*\))"
)


def records(file: BinaryIO, stem: str) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    r"""Yield one record: the page; its id is ``stem`` or, if that is empty, from the headline.

    The first line is the headline, the second the summary unless it is the only paragraph. A line
    in parentheses that credits an agency is not part of the body: the author becomes "agencies".
    READ MORE ON items become tags, ALSO READ items ``also_read``. An empty page or one that is not
    UTF-8 yields an InputError.

    Examples
    --------
    >>> import io
    >>> page = b"Hail in May\nCrops suffered.\nFarmers count losses.\nREAD MORE ON\n- Hail\n"
    >>> [(_, record)] = records(io.BytesIO(page), "")
    >>> record["id"], record["summary"], record["body"], record["tags"]
    ('hail-in-may', 'Crops suffered.', 'Farmers count losses.', ['Hail'])
    """
    data = file.read()
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        yield data[: error.start].count(b"\n") + 1, InputError("not UTF-8")
        return
    paragraphs, lists, author = _parts([line.strip() for line in lines if line.strip()])
    if not paragraphs:
        yield 1, InputError("no headline")
        return
    title, *body = paragraphs
    yield (
        1,
        {
            "id": stem or _slug(title),
            "title": title,
            "summary": body.pop(0) if len(body) > 1 else None,
            "body": "\n\n".join(body),
            "tags": lists["read more on"],
            "also_read": lists["also read"],
            "author": author,
        },
    )


def _parts(lines: list[str]) -> tuple[list[str], dict[str, list[str]], str | None]:
    """Split lines into paragraphs, the two lists by heading, and the author.

    After a heading with items on its own line the body goes on.
    """
    paragraphs: list[str] = []
    lists: dict[str, list[str]] = {"read more on": [], "also read": []}
    author = None
    target = paragraphs
    for line in lines:
        text = BULLET.sub("", line)
        if heading := HEADING.fullmatch(text):
            items = lists[heading[1].lower()]
            if not heading[2]:
                target = items
            elif items is lists["read more on"]:
                items.extend(heading[2].split(","))
            else:
                items.append(heading[2])
        elif AGENCY.fullmatch(text):
            author = "agencies"
        else:
            target.append(line if target is paragraphs else text)
    return paragraphs, lists, author


def _slug(title: str) -> str:
    words = re.sub(r"\W+", "-", title.casefold()).strip("-")[:100]
    return words or blake2b(title.encode(), digest_size=8).hexdigest()
