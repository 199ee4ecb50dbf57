"""A call that asks for something impossible ends with a line that says what is allowed."""

import shlex

import pytest

#: By command, flags and what is said of them.
WRONG = {
    "measure": [
        ("--channels 1,1", "--channels is 1,1; two different channels are needed"),
        ("--channels 1,9", "channels has '9'"),
        ("--channels dapi,1", "channels has 'dapi'"),
        ("--channels 2", "--channels is 2; two different channels are needed"),
        ("--channels ''", "channels has ''"),
        ("--threshold otsuu", "threshold1 is 'otsuu'; allowed are none, costes"),
        ("--threshold2 percentile:200", "threshold2 is 'percentile:200'"),
        ("--threshold1 manual:", "threshold1 is 'manual:'"),
        ("--background median", "background1 is 'median'; allowed are none, constant:B"),
        ("--background 1e308", "background1 is '1e308'; a finite number is needed"),
        ("--background2 rolling:0", "background2 is 'rolling:0'"),
        ("--background rolling:1e20", "larger than a plane"),
        ("--threshold-scope cell", "threshold_scope is 'cell'; allowed are image, region"),
        ("--like imaris", "like is 'imaris'; allowed are covoxel, coloc2"),
        ("--measures person", "measures has 'person'; allowed are default, all"),
        ("--measures ''", "measures has ''"),
        ("--t 1", "t is 1; time points run from 0 to 0"),
        ("--t -1", "t is -1"),
        ("--t x", "--t is 'x'; an integer is needed"),
        ("--z 0", "z is 0, but the image has no planes"),
        ("--series 3", "series is 3"),
        ("--series -1", "series is -1"),
        ("--spacing 1,two", "--spacing is '1,two'; numbers with commas"),
        ("--spacing 1,2,3", "spacing"),
        ("--spacing 0,1", "spacing"),
        ("--spacing nan,1", "spacing"),
        ("--spacing 1e308,1e308", "spacing of channel 'stain 1' is (1e+308, 1e+308)"),
        ("--seed 4", "--seed is no longer an option: measure draws nothing at random"),
        ("--memory-budget 1", "memory_budget is 1; it must be at least 65536"),
        ("--tresholds otsu", "--tresholds"),
        ("--threshold", "--threshold"),
        ("surplus.tif more.tif", "more.tif"),
    ],
    "register": [
        ("--max-shift -1", "max_shift is -1; it must be at least 0"),
        ("--max-shift -100000000000000000000", "max_shift is -100000000000000000000"),
        ("--max-shift far", "--max-shift is 'far'; numbers with commas"),
        ("--max-shift 1.5", "max_shift is 1.5; an integer"),
        ("--max-shift 1,2,3", "max_shift is (1, 2, 3); one whole number"),
        ("--transform rigid", "transform is 'rigid'; allowed are translation, similarity, affine"),
        ("--method mi", "method is 'mi'; allowed are ncc, phase, dft"),
        ("--each frame", "each is 'frame'; allowed are stack, plane"),
        ("--drift", "drift is on, but the image has one time point"),
        ("--t 3", "t is 3; time points run from 0 to 0"),
        ("--channels 1,1", "two different channels are needed"),
        ("--apply calibration.json", "--apply needs --out, the image to write"),
        (
            "--apply c.json --out x.png",
            "--out is 'x.png'; a name ending in .ome.tif, .tif or .zarr",
        ),
        ("--apply c.json --out x.tif --json", "--json is for registering"),
        ("--apply c.json --out x.tif --max-shift 3", "--max-shift is for registering"),
        ("--apply c.json --out x.tif --save y", "--save is for registering"),
        ("--apply c.json --out x.tif --parquet", "--parquet is for registering"),
        ("--apply c.json --out x.tif --z 0", "--z is for registering"),
    ],
    "field": [
        ("--tile 4", "tile is 4; along Y allowed are 8 to 24 pixels"),
        ("--tile wide", "--tile is 'wide'; numbers with commas"),
        ("--tile 100000000000000000000", "tile is 100000000000000000000"),
        ("--tile 12 --overlap 1", "overlap is 1.0; allowed are shares"),
        ("--tile 12 --overlap nan", "overlap is nan"),
        ("--transform rigid", "transform is 'rigid'; allowed are translation"),
        (
            "--magnitude lengths.png",
            "--magnitude is 'lengths.png'; a name ending in .ome.tif, .tif or .zarr",
        ),
        ("--channels 1,3", "channels has '3'"),
    ],
    "distance": [
        ("--max-distance 40", "max_distance is 40.0"),
        ("--max-distance 1e300", "max_distance is 1e+300"),
        ("--psf1 wide", "--psf1 is 'wide'; numbers with commas are needed"),
        ("--psf1 3", "psf1 is 3"),
        ("--psf1 1e308", "psf1 is 1e+308"),
        ("--psf1 5e-324", "psf1 is 5e-324"),
        ("--fit-range 2,1", "fit_range is (2, 1)"),
        ("--fit-range 0.5", "fit_range is (0.5,)"),
        ("--components 0", "components is 0"),
        ("--components 100000000000000000000", "allowed are numbers from 1 to 9"),
        ("--model line", "model is 'line'; allowed are shell, gaussian"),
        ("--like ccc-2.2 --psf1 0.1", "does not support psf1"),
        ("--figure profile.jpg", "a name ending in .png, .svg or .pdf is needed"),
        ("--contributions a.png", "is 'a.png'; a name ending in .ome.tif, .tif or .zarr"),
        ("--contributions a.tif --all-pairs", "is for one pair of channels"),
        ("--z 0", "z is 0, but the image has no planes"),
        ("--t 3", "t is 3"),
        ("--channels 1,1", "two different channels are needed"),
    ],
    "ccf": [
        ("--max-shift 112", "max_shift is 112"),
        ("--max-shift 100000000000000000000", "max_shift is 100000000000000000000"),
        ("--extreme top", "extreme is 'top'; allowed are peak, dip"),
        ("--direction 0,0", "axis is (0, 0)"),
    ],
    "delay": [
        ("", "image1 has one time point (axes YX); a series is needed"),
        ("--time-step 0", "time_step is 0.0; allowed are numbers from"),
        ("--time-step 1e308", "time_step is 1e+308"),
        ("--max-delay 1e308", "max_delay is 1e+308"),
    ],
    "map --out m.tif": [
        ("", "needs a radius"),
        ("--radius 0", "radius is 0"),
        ("--radius -2", "radius is -2"),
        ("--radius two", "--radius is 'two'"),
        ("--radius 24", "larger than the image"),
        ("--radius 1e308", "radius is 1e+308"),
        ("--radius 1 --min-pixels inf", "min_pixels is inf"),
        ("--radius 2 --unit nm", "unit is 'nm'"),
        ("--radius 2 --weights disk", "weights is 'disk'"),
        ("--radius 2 --kind mean", "kind is 'mean'"),
        ("--radius 2 --kind manders1", "needs threshold2"),
        ("--radius 2 --t 1", "t is 1"),
        ("--radius 2 --channels 1,1", "two different channels"),
        ("--radius 2 --out m.png", "ending in .ome.tif, .tif or .zarr"),
    ],
    "compare": [
        ("--data-range 1e308", "data_range is 1e+308; allowed are numbers from 1e-100 to"),
        ("--data-range 5e-324", "data_range is 5e-324"),
        ("--data-range nan", "data_range is nan"),
        ("--data-range x", "--data-range is 'x'; a number is needed"),
        ("--bits 100000000000000000000", "bits is 100000000000000000000; allowed are 1 to 64"),
        ("--measures likeness", "measures has 'likeness'"),
        ("--repeats --bits 8", "--bits does not go with"),
        ("--repeats --duplicates", "only one can be given"),
        ("--repeats --ssim-map s.tif", "--ssim-map does not go with"),
        ("--threshold 0.5", "--threshold goes with --repeats and --find"),
        ("--ssim-map s.tif --measures mse", "needs ssim"),
        ("--ssim-map s.png", "--ssim-map is 's.png'; a name ending in .ome.tif, .tif or .zarr"),
        ("--difference d.png", "--difference is 'd.png'; a name ending in .ome.tif, .tif or .zarr"),
    ],
}
CASES = [(command, *case) for command, cases in WRONG.items() for case in cases]


@pytest.mark.slow
@pytest.mark.parametrize(("command", "flags", "said"), CASES)
def test_wrong_calls(run, image, tmp_path, monkeypatch, command, flags, said):
    monkeypatch.chdir(tmp_path)
    name, *more = command.split()
    path = image()
    called = run(name, path, *more, *shlex.split(flags))
    assert called.code == 2, called
    assert said in called.line
    assert [*tmp_path.iterdir()] == [path]
