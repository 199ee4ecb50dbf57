"""Names are drawn as they are: no formula, no line break, none left out."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.mathtext import MathTextParser

from covoxel import simulate_pair
from covoxel.analysis.ccf import measure_ccf
from covoxel.analysis.delay import measure_delay
from covoxel.image.channel import Channel
from covoxel.intensity.histogram import joint_histogram
from covoxel.report import pair_figure

NAMES = [r"$\foo$", r"$x$ and \$5", "_hidden"]


@pytest.fixture
def formulas(monkeypatch):
    """Collect what matplotlib takes for a formula."""
    seen = []
    parse = MathTextParser.parse

    def parsed(self, text, *args, **kwargs):
        seen.append(text)
        return parse(self, text, *args, **kwargs)

    monkeypatch.setattr(MathTextParser, "parse", parsed)
    return seen


@pytest.fixture(scope="module")
def series():
    pair = simulate_pair(shape=(24, 24), n_spots1=10, n_frames=8, rng=1)
    return pair.channel1, pair.channel2


def named(series, name, frames):
    return [
        Channel(channel.data[frames], "TYX", channel.spacing, 1.0, given)
        for channel, given in zip(series, (name, "other"), strict=True)
    ]


def shown(figure) -> str:
    FigureCanvasAgg(figure).draw()
    texts = [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]
    return "\n".join(texts).replace(r"\$", "$")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_pair(series, formulas, name):
    images = [
        Channel(one.read(0), "YX", name=given)
        for one, given in zip(series, (name, "other"), strict=True)
    ]
    text = shown(pair_figure(*images, joint_histogram(*images)))
    assert text.count(name) == 3
    assert not [formula for formula in formulas if "mathdefault" not in formula]


@pytest.mark.slow
def test_curves_and_profiles(series, formulas):
    """All name the pairs of channels in one way."""
    name = NAMES[0]
    channels = named(series, name, slice(0, 4))
    assert name in shown(measure_ccf([*channels, channels[0]], max_shift=3).figure())
    assert name in shown(measure_delay([*channels, channels[0]]).figure())
    assert not [formula for formula in formulas if "mathdefault" not in formula]
