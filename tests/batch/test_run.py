"""Batches: the same bytes however they were run, and nothing lost where they stop."""

import errno
import io
import zipfile
from contextlib import chdir, suppress
from dataclasses import replace

import pandas as pd
import pytest
import tifffile

from covoxel import MeasureOptions, measure, read_image
from covoxel.analysis import compare_groups
from covoxel.analysis.provenance import sha256
from covoxel.batch import analyse, run, write_recipe
from covoxel.batch.journal import Journal
from covoxel.batch.recipe import (
    GroupsSection,
    ImagesSection,
    OutputSection,
    RegistrationSection,
    Step,
)
from covoxel.core.types import Cancelled
from covoxel.io import write_results

FULL = OSError(errno.ENOSPC, "No space left on device")


class Stopping:
    """An engine that stops after some images."""

    def __init__(self, after: int, error: BaseException | None = None) -> None:
        self.after, self.error = after, error or KeyboardInterrupt()

    def run(self, job, images):
        for number, image in enumerate(images):
            if number == self.after:
                raise self.error
            yield job.run(image)


class Backwards:
    """An engine that takes images in the other order."""

    def run(self, job, images):
        yield from (job.run(image) for image in reversed(images))


class Elsewhere:
    """An engine that works in another folder, as workers of a cluster do."""

    def __init__(self, folder) -> None:
        self.folder = folder

    def run(self, job, images):
        with chdir(self.folder):
            entries = [job.run(image) for image in images]
        yield from entries


@pytest.mark.slow
def test_workers_find_files_of_a_relative_recipe(experiment, tmp_path, monkeypatch):
    made = experiment(2)
    images = ImagesSection(folder="plate", files=("**/i?.tif",))
    write_recipe(replace(made.recipe, images=images, groups=GroupsSection()), tmp_path / "r.toml")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "engine", lambda *_: Elsewhere(tmp_path / "elsewhere"))
    found = run.run_batch("r.toml", "out")
    assert (found.images, found.failed) == (2, 0)
    assert sorted(found.files["image"]) == ["control/1/i0.tif", "drug/1/i1.tif"]


@pytest.mark.slow
def test_tables_are_those_of_each_image(experiment):
    made = experiment(4)
    found = made.run("out")
    assert (found.images, found.failed, found.exit_code) == (4, 0, 0)
    lines = made.content("out")["measure.csv"].decode("utf-8-sig").splitlines()
    for one in made.images:
        labels = read_image(one.labels)[0].data
        alone = measure(
            read_image(one.files[0]), labels=labels, options=made.recipe.steps[0].options
        )
        write_results(alone.table, made.folder("alone"), overwrite=True)
        known = f"{one.name},{one.fields['condition']},{one.fields['replicate']},"
        own = [line.removeprefix(known) for line in lines if line.startswith(known)]
        assert own == (made.folder("alone") / "measure.csv").read_text().splitlines()[1:]
    assert list(found.tables["measure"]["image"]) == [o.name for o in made.images for _ in "ab"]
    assert set(found.files["status"]) == {"done"}
    assert found.files["sha256"].str.len().eq(64).all()
    assert found.failures.empty


@pytest.mark.slow
@pytest.mark.parametrize("stopped", [0, 1, 3])
def test_the_same_bytes_in_any_order_and_resumed(experiment, stopped):
    made = experiment(5)
    made.run("whole")
    made.run("backwards", Backwards())
    with suppress(KeyboardInterrupt):
        made.run("resumed", Stopping(stopped))
    assert "measure.csv" not in made.content("resumed")
    seen = []
    made.run("resumed", resume=True, each=lambda one: seen.append(one.image))
    assert seen == [one.name for one in made.images[stopped:]]
    assert made.content("whole") == made.content("backwards") == made.content("resumed")
    assert made.run("resumed", Stopping(0), resume=True).images == 5
    assert made.content("whole") == made.content("resumed")


@pytest.mark.slow
def test_a_disk_that_was_full_loses_nothing(experiment, monkeypatch):
    made, append = experiment(3), Journal.append

    def full(journal, entry):
        if len(journal.entries) == 1:
            raise FULL
        append(journal, entry)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", full)
        with pytest.raises(OSError, match="No space"):
            made.run("out")
    made.run("out", resume=True)
    made.run("whole")
    assert made.content("out") == made.content("whole")


@pytest.mark.slow
def test_cancelling_is_a_stop(experiment):
    made = experiment(3)

    def cancel(done, total):
        assert total == 3
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        made.run("out", progress=cancel)
    seen = []
    made.run("out", resume=True, each=lambda one: seen.append(one.image))
    assert len(seen) == 1


@pytest.mark.slow
def test_a_bad_image_is_a_row_with_its_reason(experiment, monkeypatch):
    made, opened = experiment(4), analyse.open_image
    corrupt, gone, changing, _ = made.images
    corrupt.files[0].write_bytes(b"II*\x00 no image")
    gone.labels[0].unlink()

    def opened_and_changed(recipe, image):
        found = opened(recipe, image)
        if image == changing:
            with image.files[0].open("ab") as file:
                file.write(b"more")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(analyse, "open_image", opened_and_changed)
        found = made.run("out")
    assert (found.images, found.failed, found.exit_code) == (4, 3, 3)
    failures = found.failures.set_index("image")
    assert list(failures.index) == [corrupt.name, gone.name, changing.name]
    assert corrupt.files[0].name in failures["reason"][corrupt.name]
    assert failures["sha256"][corrupt.name] == sha256(corrupt.files[0])
    assert gone.labels[0].name in failures["reason"][gone.name]
    assert (
        failures["reason"][changing.name]
        == f"{changing.name}: changed while the image was analysed"
    )
    assert found.tables["measure"]["image"].nunique() == 1
    again = made.run("out", resume=True)
    assert (again.failed, again.repeated) == (2, ())


@pytest.mark.slow
def test_changed_inputs_are_analysed_again_and_listed(experiment):
    made = experiment(4)
    made.run("out")
    first, second, third, last = made.images
    first.files[0].write_bytes(last.files[0].read_bytes())
    second.labels[0].touch()  # its content is what counts
    moved = replace(third, fields=third.fields | {"replicate": 9})
    changed = replace(made, images=[first, second, moved, last])
    seen = []
    found = changed.run("out", resume=True, each=lambda one: seen.append(one.image))
    assert found.repeated == (first.name, third.name) == tuple(seen)
    changed.run("whole")
    assert made.content("out") == made.content("whole")


@pytest.mark.slow
def test_images_that_are_no_longer_there_leave_the_tables(experiment):
    made = experiment(3)
    made.run("out")
    fewer = replace(made, images=made.images[1:])
    assert fewer.run("out", resume=True).images == 2
    fewer.run("whole")
    assert made.content("out") == made.content("whole")


@pytest.mark.slow
def test_conditions_are_compared_by_their_replicates(experiment):
    made = experiment(12)
    found = made.run("out")
    summary, groups = found.tables["summary"], found.tables["groups"]
    assert summary[["group", "replicate", "images", "values"]].to_numpy().tolist() == [
        [group, replicate, 2, 4] for group in ("control", "drug") for replicate in (1, 2, 3)
    ]
    table = found.tables["measure"]
    expected = compare_groups(table, "pearson", "condition", "replicate").table
    assert groups["p"].tolist() == expected["p"].tolist()
    assert groups[["value", "part"]].to_numpy().tolist() == [["pearson", "channel 1, channel 2"]]
    none = replace(made, recipe=replace(made.recipe, groups=GroupsSection(values=("tm9",))))
    reason = none.run("none").tables["groups"]["notes"][0]
    assert reason == "'tm9' is not a column of a table"


@pytest.mark.slow
def test_values_before_a_registration_are_not_compared(experiment):
    made = experiment(2, registration=RegistrationSection(each_image=True, max_shift=2))
    found = made.run("out")
    assert "pearson_before" in found.tables["measure"]
    assert set(found.tables["summary"]["value"]) == {"pearson"}


@pytest.mark.slow
def test_without_conditions_all_images_are_one_group(experiment):
    made = experiment(4, groups=GroupsSection(values=("measure.tm1",)))
    found = made.run("out")
    summary = found.tables["summary"]
    assert summary["group"].isna().all()
    assert summary[["replicate", "values"]].to_numpy().tolist() == [[1, 4], [2, 4]]
    assert found.tables["groups"].empty


@pytest.mark.slow
def test_figures_images_and_other_formats(experiment):
    output = OutputSection(figures="first", images=True, parquet=True, xlsx=True)
    made = experiment(4, output=output)
    found = made.run("out", Backwards())
    made.run("again")
    content = made.content("out")
    assert content == made.content("again")
    pictured = [made.images[0].name, made.images[2].name]
    assert [one for one in content if one.startswith("figures")] == [
        f"figures/{name}/measure_figure.png" for name in pictured
    ]
    assert len([one for one in content if one.startswith("images")]) == 4
    assert "groups_measure_pearson_channel_1_channel_2.png" in content
    table = found.tables["measure"]
    stored = pd.read_parquet(io.BytesIO(content["measure.parquet"]))
    assert stored["pearson"].tolist() == table["pearson"].tolist()
    assert list(stored) == list(table)
    assert zipfile.ZipFile(io.BytesIO(content["tables.xlsx"])).testzip() is None
    # a figure that is missing is made again
    (made.folder("out") / f"figures/{pictured[0]}/measure_figure.png").unlink()
    made.run("out", resume=True)
    assert made.content("out") == content


@pytest.mark.slow
def test_text_is_run_by_no_spreadsheet_and_columns_are_united(experiment):
    made = experiment(3)
    first, second, third = made.images
    tifffile.imwrite(
        first.files[0],
        tifffile.imread(first.files[0]),
        metadata={"axes": "CYX", "unit": "um"},
        resolution=(10, 10),
        imagej=True,
    )
    images = [
        replace(first, fields={"condition": "=1+1"}),
        replace(second, fields={"condition": "@x", "label": 7}),
        replace(third, name="-5"),
    ]
    found = replace(made, images=sorted(images, key=lambda one: one.name)).run("out")
    table = found.tables["measure"]
    assert list(table)[:4] == ["image", "condition", "replicate", "image_label"]
    assert sorted(set(table["condition"])) == ["'=1+1", "'@x", "drug"]
    assert "-5" in set(table["image"])
    raw = made.content("out")["measure.csv"]
    assert raw.startswith(b"\xef\xbb\xbfimage,")
    assert b"\r" not in raw


def test_other_files_are_not_replaced_unasked(experiment):
    made = experiment(1)
    made.folder("out").mkdir()
    (made.folder("out") / "files.csv").write_text("mine")
    with pytest.raises(FileExistsError, match=r"files\.csv already"):
        made.run("out")
    made.run("out", overwrite=True)
    image = replace(made.images[0], labels=(made.folder("out") / "measure.csv",))
    with pytest.raises(ValueError, match="which an output never replaces"):
        replace(made, images=[image]).run("out", overwrite=True)


@pytest.mark.slow
def test_a_step_has_tables_of_its_own_name(experiment):
    made = experiment(2)
    more = Step(name="again", analysis="measure", options=MeasureOptions(measures=("icq",)))
    both = replace(made, recipe=replace(made.recipe, steps=(*made.recipe.steps, more)))
    found = both.run("out")
    assert {"icq"} <= set(found.tables["again"])
    assert not {"icq"} & set(found.tables["measure"])
