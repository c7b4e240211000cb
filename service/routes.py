"""The calls: lists and articles, by id or url, and how the service is."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Annotated, Any, get_origin
from urllib.parse import unquote_to_bytes

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from recommender import Article, Options
from recommender.errors import ArticleNotFoundError, CatalogError, NoModelError
from service.live import Archive, Live, Served
from service.problems import Problem, invalid
from service.replies import json_reply, state_reply
from service.schemas import (
    ById,
    Health,
    ListQuery,
    NoOptions,
    ProblemReply,
    Readiness,
    Recommendations,
)

# A list of more candidates than this takes milliseconds, which others should not wait for.
_QUICK = 10
