"""A row's spend over the range as a few small bars: an SVG that says in words what it shows."""

from dataclasses import dataclass

from budgets.templatetags.money import usd

WIDTH, HEIGHT, GAP = 96, 22, 1


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in the SVG's own units, from its left and top."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Sparkbars:
    """The bars and their words."""

    bars: list[Bar]
    words: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def base(self) -> int:
        """Where the line is that the bars stand on."""
        return self.height - 1


def sparkbars(values_nanousd: list[int], titles: list[str]) -> Sparkbars:
    """One bar for each bucket, the highest as high as the picture; what is below zero has none."""
    top = max(values_nanousd, default=0)
    if top <= 0:
        return Sparkbars([], "nothing spent")
    each = WIDTH / len(values_nanousd)
    gap = GAP if each > 2 * GAP else 0
    bars = []
    for index, value in enumerate(values_nanousd):
        if value > 0:
            # So that the least spend is seen.
            height = max(1.0, value * (HEIGHT - 1) / top)
            bars.append(
                Bar(f"{index * each:.2f}", f"{HEIGHT - 1 - height:.2f}", f"{max(each - gap, 0.5):.2f}", f"{height:.2f}")
            )
    peak = values_nanousd.index(top)
    return Sparkbars(bars, f"most in {titles[peak].removesuffix(', so far')}: {usd(top)}")
