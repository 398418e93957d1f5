"""The drawing of times by size."""

from pathlib import Path
from xml.etree import ElementTree

from budgets.tests.bench.plot import plot


def test_every_time_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "images" / "plot.svg"
    plot("Times <by> size", path, {"ours": [(10, 3.0), (1_000, 30.0)], "floor": [(10, 1.0), (1_000, 100.0)]})
    drawn = ElementTree.parse(path).getroot()
    circles = [one for one in drawn.iter() if one.tag.endswith("circle")]
    assert [one.get("cx") for one in circles] == ["64.0", "624.0", "64.0", "624.0"]
    # 1 ms lies on the lower edge, 100 ms on the upper.
    assert [one.get("cy") for one in circles[2:]] == ["352.0", "44.0"]
    assert "Times <by> size" in [one.text for one in drawn.iter()]
