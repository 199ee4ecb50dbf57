"""The codes of the pixels of two channels, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from covoxel.core.types import AnyArray
from covoxel.intensity.blocks import Block, Stream
from covoxel.intensity.spill import OVER_BUDGET, WIDE_SHARE
from covoxel.intensity.value_codes import ValueCodes, codes_for, distinct, level_codes, ranked

#: Pixels of a block, and the codes of both channels.
Encoded = tuple[Block, AnyArray, AnyArray]


def codes_of(
    stream: Stream, memory_budget: int
) -> tuple[tuple[ValueCodes, ValueCodes], Encoded | None]:
    """Return the codes of both channels, and the only block, where it was read for its levels.

    Raises
    ------
    MemoryError
        If levels outgrow their share of the budget.
    """
    known = [codes_for(dtype) for dtype in stream.dtypes]
    if known[0] is not None and known[1] is not None:
        return (known[0], known[1]), None
    blocks = replace(stream, progress=None).blocks()
    begun = list(islice(blocks, 2))
    seen: tuple[list[AnyArray], list[AnyArray]] = [], []
    places: list[AnyArray | None] = [None, None]
    for block in chain(begun, blocks):
        for k, values in enumerate((block.values1, block.values2)):
            if known[k] is not None:
                continue
            if len(begun) == 1:  # one sort finds levels and places
                levels, places[k] = ranked(values, stream.dtypes[k])
            else:
                levels = distinct(values, stream.dtypes[k])
            seen[k].append(levels)
        if sum(levels.nbytes for of in seen for levels in of) > memory_budget // WIDE_SHARE:
            raise MemoryError(OVER_BUDGET.format(memory_budget))
    first, second = (
        level_codes(dtype, levels) if one is None else one
        for one, dtype, levels in zip(known, stream.dtypes, seen, strict=True)
    )
    if len(begun) != 1:
        return (first, second), None
    (block,) = begun
    if stream.progress is not None:
        stream.progress(1, 1)
    return (first, second), (block, *_placed((first, second), block, places))


def _placed(
    codes: tuple[ValueCodes, ValueCodes], block: Block, places: Sequence[AnyArray | None]
) -> tuple[AnyArray, AnyArray]:
    """Return the codes of the only block, some of which are known."""
    one, other = (
        code.encode(values) if place is None else place
        for code, values, place in zip(codes, (block.values1, block.values2), places, strict=True)
    )
    return one, other


def encoded_blocks(codes: tuple[ValueCodes, ValueCodes], stream: Stream) -> Iterator[Encoded]:
    """Yield blocks with the codes of their pixels."""
    for block in stream.blocks():
        yield block, codes[0].encode(block.values1), codes[1].encode(block.values2)
