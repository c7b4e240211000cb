"""The numba kernels: exact top-k of sparse dot products, times a factor of at most one per pair.

Rows come packed (see ``rows``), postings by blocks of rows, so that the sums of a block stay in
the processor's caches; a weight is a level, ``table`` holds what levels are worth (float32). All of
them run on one thread without the GIL; whoever wants more threads calls them from several.
Answers are ordered by score descending, then row ascending, and hold scores above 0 only.

They stand in one file because numba's cache of a function is renewed when its own file changes,
not when that of a function it calls does.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import linalg
from numpy.typing import NDArray

# Articles whose sums are looked at together; a run is skipped when none can enter a list.
RUN = 64
# Entries a list holds past its length until they are cut off all at once.
SPARE = 32
# Numbers in a vector, and rows whose sums are made together: a processor adds to four vectors at
# once. They are made with as many rows at a time as a vector holds.
WIDE = 16
ROWS = 4 * WIDE
# Flags that say which columns are worth a look; few enough for the first cache.
FLAGS = 1 << 14
# The lowest score that counts as above 0, so that an empty place in a list is never taken by 0.
TINY = np.float32(np.finfo(np.float32).tiny)
# A common bar above which no row's own can be.
HIGHEST = np.float32(np.finfo(np.float32).max)
# Sums of the same products in another order differ by less.
SLACK = np.float32(1e-6)

# Numba's functions of arrays try for a BLAS as they are loaded, with the first kernel of a process:
# that is all of scipy.linalg, which no kernel here uses. It is there for one that would.
if _asked_for := getattr(linalg, "ensure_blas", None):
    linalg.ensure_blas = lambda: None
    import_module("numba.np.arraymath")
    linalg.ensure_blas = _asked_for


def _jit(**options: Any) -> Any:
    def decorate(function: Any) -> Any:
        try:
            return njit(nogil=True, cache=True, **options)(function)
        except RuntimeError:
            # No folder for the cache can be written: each process compiles for itself.
            return njit(nogil=True, **options)(function)

    return decorate


compiled = _jit()
_added = _jit(fastmath={"nsz", "nnan", "ninf", "reassoc", "contract"})
_inlined = _jit(inline="always")
_generated: Any = intrinsic
_unsigned = np.uint64


class Postings(NamedTuple):
    """For each block of rows and each column's slot the rows that have it, ascending.

    Those of slot ``s`` in block ``b`` begin at ``begins[b * slots + s]`` (uint32 or int64) of
    ``rows`` (uint16 or int32, counted from the block's first row) and ``levels`` (uint8).
    """

    begins: NDArray[Any]
    rows: NDArray[Any]
    levels: NDArray[Any]


class Times(NamedTuple):
    """When each row was published, and what distance in time does to a score.

    ``days`` (float32, one a row) are days since any fixed date, NaN where unknown. The factor of a
    pair is ``(1 + distance)**-power``, and ``unknown`` where a date is missing.
    """

    days: NDArray[np.float32]
    power: np.float32
    unknown: np.float32


class Lists(NamedTuple):
    """The best rows found so far for each row, in no order and a few too many, until sorted.

    ``rows`` int32 (n, k + SPARE) and ``scores`` float32, of which ``sizes`` (int32, n) are filled;
    ``bars`` float32 (n), what a score must reach to enter.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    sizes: NDArray[np.int32]
    bars: NDArray[np.float32]


class Best(NamedTuple):
    """The best rows of each list (n x k), by score descending, then row ascending.

    ``rows`` int32, -1 where a list has no more; ``scores`` float32, 0 there.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]


class Spread(NamedTuple):
    """Room to multiply one row with many.

    ``weights`` (float32) has one of each column, ``flags`` (uint8, ``FLAGS``) tell which columns,
    by their lowest bits, may have one: both are all 0 between two rows. ``columns`` and ``places``
    are as long as the longest row; ``seen`` (one a row) holds the last that was multiplied with it.
    """

    weights: NDArray[np.float32]
    flags: NDArray[np.uint8]
    columns: NDArray[np.int64]
    places: NDArray[np.int64]
    seen: NDArray[np.int32]


def empty_spread(columns: int, longest_row: int, rows: int) -> Spread:
    """Return room for so many rows of so many columns."""
    # What is written behind the last entry is read by nobody.
    length = longest_row + 1
    return Spread(
        np.zeros(columns, np.float32),
        np.zeros(FLAGS, np.uint8),
        np.empty(length, np.int64),
        np.empty(length, np.int64),
        np.full(rows, -1, np.int32),
    )


def empty_lists(n: int, k: int) -> Lists:
    """Return ``n`` empty lists of ``k`` places."""
    return Lists(
        np.empty((n, k + SPARE), np.int32),
        np.empty((n, k + SPARE), np.float32),
        np.zeros(n, np.int32),
        np.full(n, TINY, np.float32),
    )


@_inlined
def _factor(times, day, row):  # type: ignore[no-untyped-def]
    distance = abs(day - times.days[row])
    if np.isnan(distance):
        return times.unknown
    return np.exp(-times.power * np.log1p(distance))


@_inlined
def _better(lists, of, a, b):  # type: ignore[no-untyped-def]
    one, other = lists.scores[of, a], lists.scores[of, b]
    return one > other or (one == other and lists.rows[of, a] < lists.rows[of, b])


@_inlined
def _swap(lists, of, a, b):  # type: ignore[no-untyped-def]
    lists.scores[of, a], lists.scores[of, b] = lists.scores[of, b], lists.scores[of, a]
    lists.rows[of, a], lists.rows[of, b] = lists.rows[of, b], lists.rows[of, a]


@compiled
def _trim(lists, of, k):  # type: ignore[no-untyped-def]
    """Keep the best ``k`` entries of a list (quickselect; Hoare, 1961), the worst of them last."""
    low, high = 0, lists.sizes[of] - 1
    while low < high:
        # The pivot waits at the end while better entries gather before ``place``.
        _swap(lists, of, (low + high) // 2, high)
        place = low
        for at in range(low, high):
            if _better(lists, of, at, high):
                _swap(lists, of, at, place)
                place += 1
        _swap(lists, of, place, high)
        if place == k - 1:
            break
        if place < k - 1:
            low = place + 1
        else:
            high = place - 1
    lists.sizes[of] = k
    lists.bars[of] = max(lists.bars[of], lists.scores[of, k - 1])


@compiled
def _offer(lists, of, score, row):  # type: ignore[no-untyped-def]
    """Put an entry that reaches the bar into a list; it is not in there yet."""
    size, room = lists.sizes[of], lists.rows.shape[1]
    lists.scores[of, size], lists.rows[of, size] = score, row
    lists.sizes[of] = size + 1
    if size + 1 == room:
        _trim(lists, of, room - SPARE)


@compiled
def merge(into: Lists, other: Lists) -> None:
    """Offer every entry of other lists to these; no entry is in both."""
    for of in range(len(other.sizes)):
        for at in range(other.sizes[of]):
            if other.scores[of, at] >= into.bars[of]:
                _offer(into, of, other.scores[of, at], other.rows[of, at])


@compiled
def _sort(lists, k, rows, scores):  # type: ignore[no-untyped-def]
    for of in range(len(rows)):
        if lists.sizes[of] > k:
            _trim(lists, of, k)
        size = lists.sizes[of]
        # Shell's sort, with Knuth's steps.
        step = 1
        while step < size // 3:
            step = 3 * step + 1
        while step > 0:
            for start in range(step, size):
                at = start
                while at >= step and _better(lists, of, at, at - step):
                    _swap(lists, of, at, at - step)
                    at -= step
            step //= 3
        rows[of, :size], scores[of, :size] = lists.rows[of, :size], lists.scores[of, :size]


def sort(lists: Lists) -> Best:
    """Return the lists, each entry in its place."""
    n, room = lists.rows.shape
    rows = np.full((n, room - SPARE), -1, np.int32)
    scores = np.zeros((n, room - SPARE), np.float32)
    _sort(lists, room - SPARE, rows, scores)
    return Best(rows, scores)


@_added
def _most(sums):  # type: ignore[no-untyped-def]
    most = np.float32(-1)
    for at in range(len(sums)):
        most = max(most, sums[at])
    return most


@_added
def _some_pass(sums, factor, bars, bar, slack):  # type: ignore[no-untyped-def]
    """Tell whether one of a run of scores passes its own bar, or the common one, but for slack."""
    # Without a branch, many are compared at once; a maximum would be one after another.
    found = False
    for at in range(len(sums)):
        found |= sums[at] * factor >= min(bar, bars[at]) - slack
    return found


@_added
def _some_reach(sums, factor, bar):  # type: ignore[no-untyped-def]
    """Tell whether one of a run of scores reaches a bar."""
    found = False
    for at in range(len(sums)):
        found |= sums[at] * factor >= bar
    return found


@compiled
def radix_sorted(keys: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Return non-negative keys of ``bits`` bits in ascending order; ``keys`` is overwritten."""
    other = np.empty_like(keys)
    for shift in range(0, bits, 11):
        places = np.zeros(2049, np.int64)
        for key in keys:
            places[(key >> shift & 2047) + 1] += 1
        for digit in range(2048):
            places[digit + 1] += places[digit]
        for key in keys:
            digit = key >> shift & 2047
            other[places[digit]] = key
            places[digit] += 1
        keys, other = other, keys
    return keys


@compiled
def number(blob, at):  # type: ignore[no-untyped-def]
    """Return the number at a byte, seven bits a byte, and where the next one begins."""
    byte = np.int64(blob[at])
    at += 1
    value = byte & 127
    shift = 7
    while byte & 128:
        byte = np.int64(blob[at])
        at += 1
        value |= (byte & 127) << shift
        shift += 7
    return value, at


@compiled
def read_row(starts, blob, row, columns):  # type: ignore[no-untyped-def]
    """Fill ``columns`` with a packed row's; return their number and where their levels begin."""
    size, at = number(blob, starts[row])
    column = np.int64(0)
    for entry in range(size):
        step, at = number(blob, at)
        column += step
        columns[entry] = column
    return size, at


@compiled
def unpack(
    starts: NDArray[np.int64], blob: NDArray[np.uint8], low: int, high: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the packed rows ``low:high`` as ``indptr``, columns, levels and fields."""
    indptr = np.zeros(high - low + 1, np.int64)
    for row in range(low, high):
        indptr[row - low + 1] = indptr[row - low] + number(blob, starts[row])[0]
    indices = np.empty(indptr[-1], np.int32)
    levels = np.empty(indptr[-1], np.uint8)
    fields = np.empty(indptr[-1], np.uint8)
    for row in range(low, high):
        begin = indptr[row - low]
        size, at = read_row(starts, blob, row, indices[begin:])
        levels[begin : begin + size] = blob[at : at + size]
        at += size
        for entry in range(size):
            bits = blob[at + entry // 2] >> (4 * (entry & 1)) & 15
            fields[begin + entry] = bits if bits <= 8 else bits & 7 | 16
    return indptr, indices, levels, fields


@compiled
def longest_of(starts: NDArray[np.int64], blob: NDArray[np.uint8], rows: NDArray[np.int64]) -> int:
    """Return the number of entries of the longest of some rows."""
    most = 0
    for row in rows:
        most = max(most, number(blob, starts[row])[0])
    return most


@compiled
def longest(starts: NDArray[np.int64], blob: NDArray[np.uint8]) -> int:
    """Return the number of entries of the longest row."""
    most: int = longest_of(starts, blob, np.arange(len(starts) - 1))
    return most


@compiled
def frequencies(
    starts: NDArray[np.int64], blob: NDArray[np.uint8], columns: int
) -> NDArray[np.int32]:
    """Return how many rows have each column."""
    found = np.zeros(columns, np.int32)
    row_columns = np.empty(longest(starts, blob), np.int64)
    for row in range(len(starts) - 1):
        size, _ = read_row(starts, blob, row, row_columns)
        for entry in range(size):
            found[row_columns[entry]] += 1
    return found


@compiled
def _read_part(  # type: ignore[no-untyped-def]
    starts, blob, row, slots, low, high, columns, found, places
):
    """Fill ``found`` with a packed row's slots from ``low`` to ``high``, and return how many.

    Slots are counted from ``low``. ``places`` is filled with where their levels are; ``columns`` is
    room to work in.
    """
    size, first = read_row(starts, blob, row, columns)
    count, width = 0, np.uint32(high - low)
    for entry in range(size):
        # Written in any case and kept or not: no branch, which nobody could foretell.
        slot = slots[columns[entry]] - low
        found[count], places[count] = slot, first + entry
        count += int(np.uint32(slot) < width)
    return count


@compiled
def invert(
    starts: NDArray[np.int64],
    blob: NDArray[np.uint8],
    order: NDArray[np.int64],
    slots: NDArray[np.int32],
    df: NDArray[np.int32],
    low: int,
    high: int,
    block: int,
    rows: NDArray[Any],
    levels: NDArray[np.uint8],
    begins: NDArray[Any],
) -> None:
    """Turn packed rows, in that order, into postings: by block of rows, then by slot, then by row.

    ``slots`` is each column's slot, and only those from ``low`` to ``high`` are taken; ``df`` is in
    how many rows each column is. ``begins`` (one a block and slot and one more, all 0) is filled
    with where each begins. ``rows`` and ``levels`` are as long as there are entries, ``rows``
    counted from the block's first row.
    """
    room = longest(starts, blob)
    columns, found = np.empty(room, np.int64), np.empty(room, np.int64)
    places = np.empty(room, np.int64)
    # What is in one block need not be counted again.
    counted = len(order) <= block
    for column in range(len(slots) if counted else 0):
        if low <= slots[column] < high:
            begins[slots[column] - low] = df[column]
    for fill in range(2):
        for row in range(0 if counted and not fill else len(order)):
            base = row // block * (high - low)
            part = starts, blob, order[row], slots, low, high, columns, found, places
            for entry in range(_read_part(*part)):
                key = base + found[entry]
                if fill:
                    place = begins[key]
                    rows[place] = row % block
                    levels[place] = blob[places[entry]]
                    begins[key] = place + 1
                else:
                    begins[key] += 1
        if not fill:
            total = 0
            for key in range(len(begins)):
                total, begins[key] = total + begins[key], total
    for key in range(len(begins) - 1, 0, -1):
        begins[key] = begins[key - 1]
    begins[0] = 0


@compiled
def pick(
    starts: NDArray[np.int64],
    blob: NDArray[np.uint8],
    order: NDArray[np.int64],
    slots: NDArray[np.int32],
    low: int,
    high: int,
    table: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return rows (CSR), in that order, of only the columns with a slot from ``low`` to ``high``.

    Slots are counted from ``low``.
    """
    room = longest_of(starts, blob, order)
    columns, places = np.empty(room, np.int64), np.empty(room, np.int64)
    most = 0
    for row in order:
        most += number(blob, starts[row])[0]
    picked, weights = np.empty(most, np.int32), np.empty(most, np.float32)
    indptr = np.zeros(len(order) + 1, np.int64)
    size = 0
    for row in range(len(order)):
        part = starts, blob, order[row], slots, low, high, columns, picked[size:], places
        for entry in range(_read_part(*part)):
            weights[size] = table[blob[places[entry]]]
            size += 1
        indptr[row + 1] = size
    return indptr, picked[:size], weights[:size]


@compiled
def additions(
    rare: Postings, low: int, high: int, block: int, table: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.float32]]:
    """Return what rare columns add to the sums of rows ``low:high`` and rows before them.

    By row and block: where they begin, the other rows, counted from their block's first, and the
    products. Reading the postings in their order is faster than looking up each row's.
    """
    blocks = (high + block - 1) // block
    begins = np.zeros((high - low) * blocks + 2, np.int64)
    others, products = np.empty(0, np.uint16), np.empty(0, np.float32)
    for fill in range(2):
        for slot in range(len(rare.begins) - 1):
            first, last = rare.begins[slot], rare.begins[slot + 1]
            if first == last or rare.rows[last - 1] < low or rare.rows[first] >= high:
                continue
            for at in range(first, last):
                row = rare.rows[at]
                if row >= high:
                    break
                if row < low:
                    continue
                weight = table[rare.levels[at]]
                for before in range(first, at):
                    key = (row - low) * blocks + rare.rows[before] // block
                    if fill:
                        place = begins[key + 1]
                        others[place] = rare.rows[before] % block
                        products[place] = weight * table[rare.levels[before]]
                        begins[key + 1] = place + 1
                    else:
                        begins[key + 2] += 1
        if not fill:
            for key in range(len(begins) - 1):
                begins[key + 1] += begins[key]
            others = np.empty(begins[-1], np.uint16)
            products = np.empty(begins[-1], np.float32)
    return begins, others, products


def _vectors(of: Any) -> Any:
    return ir.VectorType(of, WIDE)


def _pointer(context: Any, builder: Any, signature: Any, values: Any, argument: int) -> Any:
    return context.make_array(signature.args[argument])(context, builder, values[argument]).data


def _all(builder: Any, value: Any) -> Any:
    """Return a vector of one value."""
    kind, numbers = _vectors(value.type), _vectors(ir.IntType(32))
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(one, one, ir.Constant(numbers, [0] * WIDE))


def _vector_at(builder: Any, pointer: Any, place: Any, of: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [place]), _vectors(of).as_pointer())


@_generated
def _multiply(_typing, entries, begin, end, spread, sums, place):  # type: ignore[no-untyped-def]
    """Write the products of one row's ``entries[begin:end]`` with ``ROWS`` spread rows.

    They are held in registers until all entries are added, which no loop that numba compiles does.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        whole, real = ir.IntType(32), ir.FloatType()
        given, others, out = (_pointer(context, builder, signature, values, n) for n in (0, 3, 4))
        _, first, last, _, _, start = values
        number = first.type
        none, half = ir.Constant(_vectors(real), [0.0] * WIDE), whole(16)
        upper = ir.Constant(_vectors(whole), [0xFFFF0000] * WIDE)
        totals = [cgutils.alloca_once_value(builder, none) for _ in range(ROWS // WIDE)]
        with cgutils.for_range_slice(builder, first, last, number(1), number) as (at, _):
            entry = builder.load(builder.gep(given, [at]))
            weight = _all(builder, builder.bitcast(builder.shl(entry, half), real))
            column = builder.zext(builder.lshr(entry, half), number)
            begins = builder.mul(column, number(ROWS // 2))
            for pair in range(ROWS // WIDE // 2):
                where = builder.add(begins, number(pair * WIDE))
                two = builder.load(_vector_at(builder, others, where, whole), align=4)
                one, other = builder.shl(two, _all(builder, half)), builder.and_(two, upper)
                for total, bits in zip(totals[2 * pair :], (one, other), strict=False):
                    theirs = builder.bitcast(bits, _vectors(real))
                    product = builder.fmul(weight, theirs, flags=("contract",))
                    total_now = builder.fadd(builder.load(total), product, flags=("contract",))
                    builder.store(total_now, total)
        for lane, total in enumerate(totals):
            where = builder.add(start, number(lane * WIDE))
            builder.store(builder.load(total), _vector_at(builder, out, where, real), align=4)
        return context.get_dummy_value()

    return types.void(entries, types.intp, types.intp, spread, sums, types.intp), generate


@_generated
def _transpose(_typing, sums, tile, place, length):  # type: ignore[no-untyped-def]
    """Write ``sums`` (WIDE x ROWS) as columns of ``tile``, from a place of its first row on.

    ``length`` is that of the tile's rows. Two by two, four by four and so on are swapped.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        real, numbers = ir.FloatType(), _vectors(ir.IntType(32))
        given, out = (_pointer(context, builder, signature, values, n) for n in (0, 1))
        _, _, start, stride = values
        number = start.type
        for group in range(0, ROWS, WIDE):
            rows = [
                builder.load(_vector_at(builder, given, number(row * ROWS + group), real), align=4)
                for row in range(WIDE)
            ]
            step = 1
            while step < WIDE:
                kept = [lane if not lane & step else lane - step + WIDE for lane in range(WIDE)]
                moved = [lane + step if not lane & step else lane + WIDE for lane in range(WIDE)]
                for row in range(WIDE):
                    if not row & step:
                        two = rows[row], rows[row + step]
                        for at, lanes in ((row, kept), (row + step, moved)):
                            rows[at] = builder.shuffle_vector(*two, ir.Constant(numbers, lanes))
                step *= 2
            for lane, row in enumerate(rows):
                where = builder.add(start, builder.mul(stride, number(group + lane)))
                builder.store(row, _vector_at(builder, out, where, real), align=4)
        return context.get_dummy_value()

    return types.void(sums, tile, types.intp, types.intp), generate


@_generated
def _fetch(_typing, array, place):  # type: ignore[no-untyped-def]
    """Ask for a line of an array ahead of its use."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        whole, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
        given = _pointer(context, builder, signature, values, 0)
        where = builder.bitcast(builder.gep(given, [values[1]]), byte)
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(prefetch, [where, whole(0), whole(3), whole(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@_generated
def _upper(_typing, entry):  # type: ignore[no-untyped-def]
    """Return the float32 that a number's upper half is, with zeros behind."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        upper = builder.and_(values[0], ir.IntType(32)(0xFFFF0000))
        return builder.bitcast(upper, ir.FloatType())

    return types.float32(types.uint32), generate


@compiled
def _add_posted(slots, weights, posted, base, ends, sums):  # type: ignore[no-untyped-def]
    """Add to ``sums`` what a row's columns have posted for one block.

    ``posted`` is where they begin, as in ``Postings``, and rows in the lower halves of numbers
    whose upper halves are those of float32 weights; ``ends`` is room to work in.
    """
    begins, entries = posted
    size, one = _unsigned(len(slots)), _unsigned(1)
    for entry in range(size):
        place = _unsigned(base + slots[entry])
        ends[entry, 0], ends[entry, 1] = begins[place], begins[place + one]
        _fetch(entries, begins[place])
    for entry in range(size):
        weight = weights[entry]
        for at in range(ends[entry, 0], ends[entry, 1]):
            posting = entries[at]
            sums[_unsigned(posting & np.uint32(0xFFFF))] += weight * _upper(posting)


@compiled
def _room(size):  # type: ignore[no-untyped-def]
    """Return room for so many numbers of four bytes that begins where a line of the caches does."""
    room = np.empty(size + 16, np.uint32)
    skip = (64 - room.ctypes.data % 64) % 64 // 4
    return room[skip : skip + size]


@compiled
def _spread_common(starts, entries, low, high, width):  # type: ignore[no-untyped-def]
    """Return the weights of the rows ``low:high`` by slot: upper halves of float32, 0 for none.

    Each number has those of two rows, one in its lower half and one ``WIDE`` rows on in its upper.
    """
    spread = _room(width * ROWS // 2)
    spread[:] = 0
    halves = spread.view(np.uint16)
    for row in range(low, high):
        lane = row - low
        place = lane // (2 * WIDE) * 2 * WIDE + lane % WIDE * 2 + lane // WIDE % 2
        for at in range(starts[row], starts[row + 1]):
            halves[np.int64(entries[at] >> 16) * ROWS + place] = entries[at] & 0xFFFF
    return spread


@compiled
def _sum_common(starts, entries, spread, begin, bound, across, tile):  # type: ignore[no-untyped-def]
    """Fill ``tile`` (ROWS x rows) with the products of common columns with rows ``begin:bound``.

    ``spread`` is of the ``ROWS`` rows, ``across`` (WIDE * ROWS) room to work in; behind the last
    row the tile has room for a whole vector.
    """
    for start in range(begin, bound, WIDE):
        for row in range(start, min(bound, start + WIDE)):
            _multiply(entries, starts[row], starts[row + 1], spread, across, (row - start) * ROWS)
        _transpose(across, tile, start - begin, tile.shape[1])


@compiled
def _nearness(days, low, high, first, stop, unknown, nearness):  # type: ignore[no-untyped-def]
    """Return no less than any factor of rows ``low:high`` and ``first:stop``, undated ones last."""
    if np.isnan(days[low]) or np.isnan(days[first]):
        return unknown
    if np.isnan(days[high - 1]) or np.isnan(days[stop - 1]):
        return np.float32(1)
    distance = max(np.float32(0), days[first] - days[high - 1], days[low] - days[stop - 1])
    return nearness[min(np.int64(distance), len(nearness) - 1)]


@compiled
def _raise_bar(sums, row, begin, times, k, lists):  # type: ignore[no-untyped-def]
    """Let a row's bar be what ``k`` runs at least hold a score of: few of a first block enter then.

    The lowest factor in a run is that of its first or its last row, as these are in order of time.
    """
    runs = len(sums) // RUN
    if runs < k or lists.bars[row] > TINY:
        return
    least = np.empty(runs, np.float32)
    for run in range(runs):
        first = begin + run * RUN
        last = first + RUN - 1
        factor = np.float32(0)
        if not np.isnan(times.days[last]) or np.isnan(times.days[first]):
            day = times.days[row]
            factor = min(_factor(times, day, first), _factor(times, day, last))
        least[run] = _most(sums[run * RUN : (run + 1) * RUN]) * factor
    least.sort()
    # No rounding makes it more than the score itself.
    lists.bars[row] = max(TINY, least[runs - k] * (1 - SLACK))


@compiled
def offer_block(
    sums: NDArray[np.float32],
    row: int,
    begin: int,
    times: Times,
    nearness: NDArray[np.float32],
    order: NDArray[np.int64],
    lists: Lists,
) -> None:
    """Offer the pairs of ``row`` and the rows from ``begin`` on, whose sums these are, to both.

    Rows are counted in the order of time, the undated last; ``order`` holds what they are in the
    lists. ``nearness`` (float32) is no less than the factor at each whole number of days, the last
    for all beyond: most runs are passed over by what their best could have at most.
    """
    day, unknown = times.days[row], times.unknown
    _raise_bar(sums, row, begin, times, lists.rows.shape[1] - SPARE, lists)
    for start in range(0, len(sums), RUN):
        run = sums[start : start + RUN]
        first, stop = begin + start, begin + start + len(run)
        most = _nearness(times.days, row, row + 1, first, stop, unknown, nearness)
        if not _some_pass(run, most, lists.bars[first:stop], lists.bars[row], np.float32(0)):
            continue
        for at in range(len(run)):
            other = first + at
            if run[at] * most < min(lists.bars[row], lists.bars[other]):
                continue
            score = np.float32(run[at] * _factor(times, day, other))
            if score >= lists.bars[row]:
                _offer(lists, row, score, order[other])
            if score >= lists.bars[other]:
                _offer(lists, other, score, order[row])


@compiled
def offer_tile(
    low: int,
    high: int,
    block: int,
    common: tuple[NDArray[np.int64], NDArray[np.uint32]],
    common_width: int,
    medium: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]],
    posted: tuple[NDArray[Any], NDArray[np.uint32]],
    width: int,
    added: tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.float32]],
    added_from: int,
    added_blocks: int,
    table: NDArray[np.float32],
    times: Times,
    nearness: NDArray[np.float32],
    order: NDArray[np.int64],
    lists: Lists,
) -> None:
    """Sum the pairs of rows ``low:high`` and all rows before them, and offer them to both.

    A pair's sum is made of the ``common`` columns of both (of all rows: where each begins, and its
    slots and the upper halves of its weights, as one number), what the ``medium`` columns (CSR of
    these rows) of its later row have ``posted``, and what rare ones have ``added``, in the same
    order for all pairs, so that twins have equal scores. See ``offer_block`` for the rest.
    """
    starts, entries = common
    spread = _spread_common(starts, entries, low, high, common_width)
    across = _room(WIDE * ROWS).view(np.float32)
    tile = np.empty((ROWS, block + WIDE), np.float32)
    indptr, slots, weights = medium
    ends = np.empty((len(slots), 2), np.uint64)
    begins, others, products = added
    # The nearest in time first, where most of the best are.
    for number_of_block in range((high - 1) // block, -1, -1):
        begin = number_of_block * block
        bound = min(high, begin + block)
        _sum_common(starts, entries, spread, begin, bound, across, tile)
        for row in range(max(low, begin + 1), high):
            sums = tile[row - low]
            part = slice(indptr[row - low], indptr[row - low + 1])
            _add_posted(slots[part], weights[part], posted, number_of_block * width, ends, sums)
            key = (row - added_from) * added_blocks + number_of_block
            for at in range(begins[key], begins[key + 1]):
                sums[others[at]] += products[at]
            offer_block(sums[: min(row, bound) - begin], row, begin, times, nearness, order, lists)


@_inlined
def _sum_others(columns, weights, width, others, table, sums):  # type: ignore[no-untyped-def]
    for entry in range(len(columns)):
        if columns[entry] >= width:
            place, weight = _unsigned(columns[entry] - width), weights[entry]
            first, last = others.begins[place], others.begins[place + _unsigned(1)]
            for at in range(_unsigned(first), _unsigned(last)):
                sums[_unsigned(others.rows[at])] += weight * table[others.levels[at]]


@_inlined
def _sum_frequent(columns, weights, width, block, frequent, table, part):  # type: ignore[no-untyped-def]
    for entry in range(len(columns)):
        if columns[entry] < width:
            place, weight = _unsigned(block * width + columns[entry]), weights[entry]
            first, last = frequent.begins[place], frequent.begins[place + _unsigned(1)]
            for at in range(_unsigned(first), _unsigned(last)):
                part[_unsigned(frequent.rows[at])] += weight * table[frequent.levels[at]]


@compiled
def search(
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    frequent: Postings,
    width: int,
    block: int,
    others: Postings,
    table: NDArray[np.float32],
    times: Times,
    day: np.float32,
    factors: NDArray[np.float32],
    own: int,
    lists: Lists,
    query: int,
) -> None:
    """Fill a query's list with its best rows, leaving out its own (-1 for none).

    Columns below ``width`` are in the ``frequent`` postings, by blocks; the rest in the ``others``,
    one block. ``factors``, at most 1 and one a row or empty for none, multiply the scores, so that
    0 bars a row.
    """
    n = len(times.days)
    sums = np.zeros(n, np.float32)
    _sum_others(columns, weights, width, others, table, sums)
    for begin in range(0, n, block):
        part = sums[begin : begin + block]
        _sum_frequent(columns, weights, width, begin // block, frequent, table, part)
        if begin <= own < begin + block:
            part[own - begin] = 0
        for start in range(0, len(part), RUN):
            run = part[start : start + RUN]
            if not _some_reach(run, np.float32(1), lists.bars[query]):
                continue
            for at in range(len(run)):
                if run[at] < lists.bars[query]:
                    continue
                row = begin + start + at
                # Most are passed over by their own factor, and need not that of the time between.
                if len(factors) and run[at] * factors[row] * (1 + SLACK) < lists.bars[query]:
                    continue
                score = np.float32(run[at] * _factor(times, day, row))
                if len(factors):
                    score *= factors[row]
                if score >= lists.bars[query]:
                    _offer(lists, query, score, row)


@compiled
def heaviest(
    starts: NDArray[np.int64],
    blob: NDArray[np.uint8],
    usable: NDArray[np.bool_],
    most: int,
    order: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    """Return rows (CSR of levels), in that order, of only their ``most`` heaviest usable entries.

    Of entries of one level, those of the last columns are taken.
    """
    columns = np.empty(longest(starts, blob), np.int64)
    indptr = np.zeros(len(starts), np.int64)
    for row in range(len(order)):
        size, _ = read_row(starts, blob, order[row], columns)
        count = 0
        for entry in range(size):
            count += usable[columns[entry]]
        indptr[row + 1] = indptr[row] + min(count, most)
    kept, levels = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.uint8)
    for row in range(len(order)):
        size, first = read_row(starts, blob, order[row], columns)
        counts = np.zeros(257, np.int64)
        for entry in range(size):
            if usable[columns[entry]]:
                counts[np.int64(blob[first + entry])] += 1
        room, last = indptr[row + 1] - indptr[row], 0
        while last < 256 and room >= counts[last]:
            room -= counts[last]
            last += 1
        # All entries below the last level are kept, and of those at it as many as there is room.
        place = indptr[row + 1]
        for entry in range(size - 1, -1, -1):
            level = np.int64(blob[first + entry])
            if usable[columns[entry]] and (level < last or (level == last and room > 0)):
                room -= level == last
                place -= 1
                kept[place], levels[place] = columns[entry], level
    return indptr, kept, levels


@compiled
def offer_pruned(
    low: int,
    high: int,
    block: int,
    pruned: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]],
    posted: tuple[NDArray[Any], NDArray[np.uint32]],
    width: int,
    times: Times,
    nearness: NDArray[np.float32],
    lists: Lists,
) -> None:
    """Fill lists, one for each of the rows ``low:high``, with their best by pruned rows (CSR).

    Rows are ordered by day, the undated last, so that these and a run have about one factor;
    nearness in time is that of whole days: ``nearness`` for each distance, the last for all beyond.
    """
    n, days, unknown = len(times.days), times.days, times.unknown
    indptr, slots, weights = pruned
    ends = np.empty((len(slots), 2), np.uint64)
    room, blocks = np.zeros(block, np.float32), (n + block - 1) // block
    bounds = np.empty((block + RUN - 1) // RUN, np.float32)
    for step in range(blocks):
        # The rows' own time first, where most of their best are.
        begin = (low // block + step) % blocks * block
        sums = room[: min(block, n - begin)]
        for start in range(0, len(sums), RUN):
            first, stop = begin + start, min(n, begin + start + RUN)
            bounds[start // RUN] = _nearness(days, low, high, first, stop, unknown, nearness)
        for row in range(low, high):
            part = slice(indptr[row], indptr[row + 1])
            _add_posted(slots[part], weights[part], posted, begin // block * width, ends, sums)
            if begin <= row < begin + block:
                sums[row - begin] = 0
            of = row - low
            for start in range(0, len(sums), RUN):
                run, most = sums[start : start + RUN], bounds[start // RUN]
                if not _some_reach(run, most, lists.bars[of]):
                    continue
                for at in range(len(run)):
                    if run[at] * most >= lists.bars[of]:
                        other = begin + start + at
                        near = _nearness(days, row, row + 1, other, other + 1, unknown, nearness)
                        if run[at] * near >= lists.bars[of]:
                            _offer(lists, of, run[at] * near, other)
            sums[:] = 0


@compiled
def _spread_out(starts, blob, row, table, spread, on):  # type: ignore[no-untyped-def]
    """Put a row's weights at their columns and flag these, or undo it."""
    size, at = read_row(starts, blob, row, spread.columns)
    for entry in range(size):
        column = spread.columns[entry]
        spread.weights[column] = table[blob[at + entry]] if on else np.float32(0)
        spread.flags[column & (FLAGS - 1)] = on


@compiled
def _flagged(starts, blob, row, spread):  # type: ignore[no-untyped-def]
    """Fill ``columns`` and ``places`` with a row's that have a flag; return how many there are.

    And where the row's levels begin. How long a rare column's number is nobody can foretell, so no
    branch asks.
    """
    _, flags, columns, places, _ = spread
    size, first = number(blob, starts[row])
    at, column, hits = _unsigned(first), _unsigned(0), _unsigned(0)
    one, low, mask = _unsigned(1), _unsigned(127), _unsigned(FLAGS - 1)
    for entry in range(size):
        byte = _unsigned(blob[at])
        at += one
        column += byte & low
        if byte > low:
            second, third = _unsigned(blob[at]), _unsigned(blob[at + one])
            more = second >> _unsigned(7)
            column += (second & low) << _unsigned(7)
            column += (third & low) << _unsigned(14) & -more
            at += one + more
            shift = _unsigned(21)
            more &= third >> _unsigned(7)
            while more:
                byte = _unsigned(blob[at])
                at += one
                column += (byte & low) << shift
                shift += _unsigned(7)
                more = byte >> _unsigned(7)
        columns[hits], places[hits] = column, entry
        hits += _unsigned(flags[column & mask])
    return hits, at


@compiled
def _product(starts, blob, row, table, spread):  # type: ignore[no-untyped-def]
    """Return the dot product of a row and the one that is spread, the same either way round.

    Columns without a flag are passed over: a look at ``weights``, too long for a cache, costs more
    than the rest.
    """
    hits, at = _flagged(starts, blob, row, spread)
    total = np.float32(0)
    for hit in range(hits):
        weight = spread.weights[spread.columns[hit]]
        total += weight * table[blob[at + _unsigned(spread.places[hit])]]
    return total


@compiled
def _product_with(columns, weights, starts, blob, row, table, spread):  # type: ignore[no-untyped-def]
    """Return the dot product of a row and a query, whose columns are flagged but not spread."""
    hits, at = _flagged(starts, blob, row, spread)
    total = np.float32(0)
    for hit in range(hits):
        entry = np.searchsorted(columns, spread.columns[hit])
        if entry < len(columns) and columns[entry] == spread.columns[hit]:
            total += weights[entry] * table[blob[at + _unsigned(spread.places[hit])]]
    return total


@compiled
def search_among(
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    chosen: NDArray[np.int64],
    spread: Spread,
    starts: NDArray[np.int64],
    blob: NDArray[np.uint8],
    table: NDArray[np.float32],
    times: Times,
    day: np.float32,
    factors: NDArray[np.float32],
    lists: Lists,
    query: int,
) -> None:
    """Fill a query's list with the best of the ``chosen`` rows, which are read one by one.

    ``factors`` are those of ``search``; of ``spread`` the weights are not used.
    """
    for column in columns:
        spread.flags[column & (FLAGS - 1)] = 1
    for row in chosen:
        score = _product_with(columns, weights, starts, blob, row, table, spread)
        score = np.float32(np.float32(score * _factor(times, day, row)) * factors[row])
        if score >= lists.bars[query]:
            _offer(lists, query, score, row)


@compiled
def rescore(
    asked: NDArray[np.int64],
    found: Lists,
    order: NDArray[np.int64],
    spread: Spread,
    starts: NDArray[np.int64],
    blob: NDArray[np.uint8],
    table: NDArray[np.float32],
    times: Times,
    lists: Lists,
) -> None:
    """Offer each row that is asked about what is found for it, by exact scores.

    ``order`` says which rows those are that were found.
    """
    for of in range(len(found.sizes)):
        row = asked[of]
        if found.sizes[of] > found.rows.shape[1] - SPARE:
            _trim(found, of, found.rows.shape[1] - SPARE)
        _spread_out(starts, blob, row, table, spread, 1)
        for at in range(found.sizes[of]):
            other = order[found.rows[of, at]]
            score = _product(starts, blob, other, table, spread)
            score = np.float32(score * _factor(times, times.days[row], other))
            if score >= lists.bars[row]:
                _offer(lists, row, score, other)
        _spread_out(starts, blob, row, table, spread, 0)


@compiled
def _listed(best, of, score, row):  # type: ignore[no-untyped-def]
    """Tell whether a row stands in a sorted list, with the score that it must have there."""
    low, high = 0, best.rows.shape[1]
    while low < high:
        middle = (low + high) // 2
        theirs = best.scores[of, middle]
        if theirs > score or (theirs == score and best.rows[of, middle] < row):
            low = middle + 1
        else:
            high = middle
    return low < best.rows.shape[1] and best.rows[of, low] == row


@compiled
def mirror(best: Best, low: int, high: int, lists: Lists) -> None:
    """Offer the rows ``low:high`` every row that lists them; ``best`` are the lists, sorted."""
    for row in range(len(best.rows)):
        for at in range(best.rows.shape[1]):
            other, score = best.rows[row, at], best.scores[row, at]
            if (
                low <= other < high
                and score >= lists.bars[other]
                and not _listed(best, other, score, row)
            ):
                _offer(lists, other, score, row)


@compiled
def offer_neighbours(
    low: int,
    high: int,
    best: Best,
    near: int,
    spread: Spread,
    starts: NDArray[np.int64],
    blob: NDArray[np.uint8],
    table: NDArray[np.float32],
    times: Times,
    lists: Lists,
) -> None:
    """Offer the rows ``low:high`` the ``near`` best of each of their ``near`` best, exactly.

    ``best`` are the lists, sorted.
    """
    seen = spread.seen
    near = min(near, best.rows.shape[1])
    for row in range(low, high):
        seen[row] = row
        for other in best.rows[row]:
            if other >= 0:
                seen[other] = row
        _spread_out(starts, blob, row, table, spread, 1)
        for first in best.rows[row, :near]:
            if first < 0:
                break
            for other in best.rows[first, :near]:
                if other < 0:
                    break
                if seen[other] == row:
                    continue
                seen[other] = row
                score = _product(starts, blob, other, table, spread)
                score = np.float32(score * _factor(times, times.days[row], other))
                if score >= lists.bars[row]:
                    _offer(lists, row, score, other)
        _spread_out(starts, blob, row, table, spread, 0)


@compiled
def reached(
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    frequent: Postings,
    width: int,
    block: int,
    others: Postings,
    table: NDArray[np.float32],
    times: Times,
    day: np.float32,
    bars: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the rows whose score with a query passes the row's own bar, and these scores.

    The arguments are those of ``search``; ``bars`` (float32) is one a row, and a score may be lower
    by ``SLACK``.
    """
    n = len(times.days)
    sums = np.zeros(n, np.float32)
    _sum_others(columns, weights, width, others, table, sums)
    rows, scores, size = np.empty(64, np.int32), np.empty(64, np.float32), 0
    for begin in range(0, n, block):
        part = sums[begin : begin + block]
        _sum_frequent(columns, weights, width, begin // block, frequent, table, part)
        for start in range(0, len(part), RUN):
            run = part[start : start + RUN]
            first = begin + start
            theirs = bars[first : first + len(run)]
            if not _some_pass(run, np.float32(1), theirs, HIGHEST, SLACK):
                continue
            for at in range(len(run)):
                row = first + at
                if run[at] > 0 and run[at] >= bars[row] - SLACK:
                    score = np.float32(run[at] * _factor(times, day, row))
                    if score > 0 and score >= bars[row] - SLACK:
                        if size == len(rows):
                            rows = np.append(rows, np.empty(size, np.int32))
                            scores = np.append(scores, np.empty(size, np.float32))
                        rows[size], scores[size] = row, score
                        size += 1
    return rows[:size], scores[:size]
