"""Run a batch: all images of a recipe, on whatever engine, and the folder of their results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.options import check_whole
from covoxel.analysis.provenance import sha256
from covoxel.batch.cluster import Cluster
from covoxel.batch.engines import Engine, Serial
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.job import Job, pictured
from covoxel.batch.journal import JOURNAL, Journal
from covoxel.batch.outcome import DONE, FAILED, Entry
from covoxel.batch.preview import overview
from covoxel.batch.processes import Processes
from covoxel.batch.reading import read_recipe
from covoxel.batch.recipe import Recipe
from covoxel.batch.results_folder import FAILURES, FILES, planned_files, write_results_folder
from covoxel.batch.row_files import check_formats
from covoxel.batch.tables import declared_tables, read_table
from covoxel.core.files import refuse_clashes, refuse_existing
from covoxel.core.sharing import in_threads, no_scratch_left, processors
from covoxel.core.types import Progress

if TYPE_CHECKING:
    import pandas as pd


#: Threads that hash the inputs of images that are done.
_HASHING = 8

#: Called with the entry of each image that was analysed.
Each = Callable[[Entry], object]


def run_batch(
    recipe: Recipe | str | Path,
    out: str | Path | None = None,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
    limit: int | None = None,
    only: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    each: Each | None = None,
    note: Callable[[str], object] | None = None,
) -> BatchResult:
    """Analyse all images of a recipe, and write one table for each analysis.

    What is finished is kept in a journal, so that a run that was stopped, by Ctrl-C, by `Cancelled`
    or by a power cut, goes on with `resume`. The same recipe, images and version give the same
    bytes, whatever the number of workers, their machines, the order and resumptions.

    Parameters
    ----------
    recipe : Recipe or path of a recipe
    out : str or Path, optional
        Folder of the results; that of the recipe unless given.
    workers : int, optional
        Number of processes on this machine, one for each processor unless given; 0 analyses in
        this process.
    scheduler : str, optional
        Address of a scheduler of dask.distributed, whose workers are used instead; needs
        ``pip install 'covoxel[cluster]'``.
    resume : bool
        Go on with what is in `out`: what is missing, what failed, and images whose files have
        changed since.
    limit : int, optional
        Analyse only the first images, by name.
    only : str, optional
        Analyse only images whose names match this pattern, such as ``"control/*"``.
    overwrite : bool
        Replace the results in `out`.
    progress : callable, optional
        Called with images done and images in all, also while nothing ends; may raise `Cancelled`.
    each : callable, optional
        Called with what is known of each image as it ends: ``image``, ``status``, ``reasons``.
    note : callable, optional
        Called with each remark on how the images were found, before any is analysed.

    Returns
    -------
    BatchResult

    Raises
    ------
    ValueError
        If the recipe is wrong, or differs from that of the results that are resumed.
    FileExistsError
        If `out` holds results and neither `resume` nor `overwrite` is set.
    OSError
        If another run uses `out`, nothing can be written, or the workers are lost.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from covoxel.batch import recipe_from
    >>> from covoxel.io.samples import sample_path
    >>> image = sample_path("two_channel_cells.ome.tif")
    >>> given = {"images": {"files": [image.name]}, "measure": {"measures": ["pearson"]}}
    >>> recipe = recipe_from({"recipe": 1} | given, image.parent)
    >>> with TemporaryDirectory() as folder:
    ...     found = run_batch(recipe, folder, workers=0)
    ...     found.tables["measure"][["image", "pearson"]].round(2).values.tolist()
    [['two_channel_cells.ome.tif', 0.76]]
    """
    read = recipe if isinstance(recipe, Recipe) else read_recipe(recipe)
    read = replace(read, folder=read.folder.absolute())  # workers may run elsewhere
    folder = read.folder / read.output.folder if out is None else Path(out)
    seen = overview(read)
    if note is not None:
        for one in seen.notes:
            note(one)
    images = _outside(folder, seen.images)
    chosen = chosen_images(images, limit=limit, only=only)
    return run_images(
        Job(recipe=read, folder=folder.absolute(), pictured=pictured(read, images)),
        images,
        chosen,
        engine(workers, scheduler),
        resume=resume,
        overwrite=overwrite,
        progress=progress,
        each=each,
    )


def engine(workers: int | None, scheduler: str | None) -> Engine:
    """Return what analyses images.

    `workers`: number of processes; 0 for none but this one, None for one on each processor.
    `scheduler`: address of a scheduler of dask.distributed, such as ``tcp://127.0.0.1:8786``.

    Raises
    ------
    ValueError
        If both are given, or `workers` is negative.
    ImportError
        If `scheduler` is given and distributed is missing.
    """
    if scheduler is not None:
        if workers is not None:
            msg = "workers and scheduler are given; a scheduler has workers of its own"
            raise ValueError(msg)
        return Cluster(scheduler)
    if workers is not None:
        check_whole("workers", workers, 0)
    if workers == 0:
        return Serial()
    return Processes(workers or processors())


def run_images(
    job: Job,
    images: Sequence[ImageFiles],
    chosen: Sequence[ImageFiles],
    engine: Engine,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
    each: Each | None = None,
) -> BatchResult:
    """Run a job on the images that are chosen; `images` are all that there are, by name."""
    recipe, folder = job.recipe, job.folder
    check_formats(parquet=recipe.output.parquet, xlsx=recipe.output.xlsx)
    planned = planned_files(recipe)
    refuse_clashes(
        [folder / name for name in (JOURNAL, *planned)],
        {path for one in images for path in one.paths},
    )
    with closing(Journal(folder, recipe, resume=resume, overwrite=overwrite)) as journal:
        others = [folder / name for name in planned if name not in journal.outputs]
        refuse_existing(others, overwrite=overwrite)
        journal.write({"outputs": planned})
        report = progress or _ignore
        repeated, todo = _left(job, journal, chosen, report)
        n_done = len(chosen) - len(todo)
        report(n_done, len(chosen))
        with no_scratch_left(folder), closing(engine.run(job, todo)) as entries:
            for entry in entries:
                if entry is not None:
                    journal.append(entry)
                    n_done += 1
                    if each is not None:
                        each(journal.entries[entry.image])
                report(n_done, len(chosen))
        finished = [one for one in images if one.name in journal.entries]
        write_results_folder(recipe, journal, finished)
        failed = sum(journal.entries[one.name].status == FAILED for one in finished)
    return BatchResult(folder, recipe, len(finished), failed, tuple(repeated))


def _outside(folder: Path, images: Iterable[ImageFiles]) -> list[ImageFiles]:
    """Return images without those that an earlier run wrote."""
    place = folder.resolve()
    return [one for one in images if not any(place in path.resolve().parents for path in one.files)]


def chosen_images(
    images: Sequence[ImageFiles], *, limit: int | None = None, only: str | None = None
) -> list[ImageFiles]:
    """Return the first images whose names match a pattern."""
    if limit is not None:
        check_whole("limit", limit, 1)
    found = [one for one in images if only is None or fnmatchcase(one.name, only)]
    if not found:
        msg = (
            f"only is {only!r}, which matches none of {len(images)} images, {images[0].name} first"
        )
        raise ValueError(msg)
    return found[:limit]


def _left(
    job: Job, journal: Journal, chosen: Sequence[ImageFiles], progress: Progress
) -> tuple[list[str], list[ImageFiles]]:
    """Return the names of images that have changed since they were done, and all that are left."""
    root = job.recipe.root
    known = {
        one.name: entry
        for one in chosen
        if (entry := journal.entries.get(one.name)) is not None and entry.status == DONE
    }
    paths = sorted({path for entry in known.values() for path in entry.hashes})
    hashes = {}
    found = in_threads(lambda one: _hash(root / one), paths, _HASHING)
    for path, each in zip(paths, found, strict=True):
        hashes[path] = each
        progress(0, len(chosen))
    changed = [
        one.name
        for one in chosen
        if (entry := known.get(one.name)) is not None
        and (
            entry.key != one.key(root)
            or any(hashes[path] != digest for path, digest in entry.hashes.items())
        )
    ]
    repeated = set(changed)
    left = [
        one
        for one in chosen
        if one.name not in known
        or one.name in repeated
        or not job.is_complete(known[one.name], one)
    ]
    return changed, left


def _hash(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None


def _ignore(done: int, total: int) -> None:
    """Report to nobody."""


#: Codes with which a program exits: all rows are there, or some images failed.
ALL_DONE, SOME_FAILED = 0, 3


@dataclass(frozen=True, eq=False)
class BatchResult:
    """What a batch gave.

    Attributes
    ----------
    folder : Path
        Of the results.
    recipe : Recipe
    images : int
        How many images have been analysed, by this run and those before it.
    failed : int
        How many of them have failed.
    repeated : tuple of str
        Names of the images that were analysed again because their files had changed.
    """

    folder: Path
    recipe: Recipe = field(repr=False)
    images: int
    failed: int
    repeated: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where all rows are there, 3 where some images failed."""
        return SOME_FAILED if self.failed else ALL_DONE

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables of the analyses and ``summary`` and ``groups``, read as they are asked for."""
        return _Tables(self.folder, [name for name, _ in declared_tables(self.recipe)])

    @property
    def files(self) -> pd.DataFrame:
        """A row an image: status, reason, SHA-256."""
        return read_table(self.folder / FILES)

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of the images that failed."""
        return read_table(self.folder / FAILURES)


class _Tables(Mapping[str, Any]):
    def __init__(self, folder: Path, names: list[str]) -> None:
        self._folder, self._names = folder, [*names, "summary", "groups"]

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._names:
            raise KeyError(name)
        return read_table(self._folder / f"{name}.csv")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
