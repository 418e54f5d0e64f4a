"""Where the lines and shapes of a chart go: pure geometry, drawn by templates as SVG.

Lengths are in the picture's own units (about a pixel at full width). `mirrored` turns a
picture for right-to-left pages. Nothing here knows colours: shapes carry class names.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mainstay.ui.types import Bar, BarChart, FlowChart, FlowLink, FlowNode, Text

WIDTH = 640
BAR_WIDTH = 18
SOURCE_X, MIDDLE_X, SINK_X = 156, 310, 446
NODE_SLOT = 42
MIDDLE_RADIUS = 12
MIDDLE_SLOT_NAMED, MIDDLE_SLOT = 46, 36
MOST_NAMED, MOST_SHOWN = 8, 12
FLOW_HEIGHT = 96
THINNEST = 2.0
SHORTEST = 12.0
BAR_GAP = 14
TOP, BOTTOM = 14, 14
LABEL_LENGTH = 22
ROW, BAR_HEIGHT = 34, 18
LETTER_WIDTH = 7.6
LONGEST_LABEL = 44
FIGURE_ROOM = 70
WITHHELD_WIDTH = 56


@dataclass(frozen=True, slots=True)
class TextAt:
    """A line of text and where it stands; `anchor` is SVG's start, middle or end."""

    x: float
    y: float
    text: Text
    anchor: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle, or a circle in it if `is_round`."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: Text = ""
    is_round: bool = False

    @property
    def middle_x(self) -> float:
        """Return the centre, across."""
        return round(self.x + self.width / 2, 1)

    @property
    def radius(self) -> float:
        """Return half the width, for a circle."""
        return round(self.width / 2, 1)

    @property
    def middle_y(self) -> float:
        """Return the centre, down."""
        return round(self.y + self.height / 2, 1)


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A curve as thick as what flows through it."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    kind: str
    title: Text

    @property
    def path(self) -> str:
        """Return the curve in SVG's words."""
        (x1, y1), (x2, y2) = self.start, self.end
        bend = round((x1 + x2) / 2, 1)
        return f"M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2:g} {y2:g}"


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table that says the same as the picture."""

    cells: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart."""

    height: float
    shapes: tuple[Shape, ...] = ()
    ribbons: tuple[Ribbon, ...] = ()
    texts: tuple[TextAt, ...] = ()
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class _Column:
    """The nodes of one column, in order; `hidden` counts those beyond what a picture holds."""

    kind: str
    nodes: tuple[FlowNode, ...]
    hidden: int
    slots: tuple[float, ...] = ()

    @property
    def height(self) -> float:
        return sum(self.slots)


def draw_flow(chart: FlowChart, *, mirrored: bool = False) -> Picture:
    """Return the picture of a flow; the largest twelve of a column are drawn, the table has all.

    Raises:
        ValueError: a link names a node that is in no column.
    """
    labels = {node.key: node.label for node in (*chart.sources, *chart.middles, *chart.sinks)}
    for link in chart.links:
        if link.source not in labels or link.target not in labels:
            raise ValueError(f"a link from {link.source!r} to {link.target!r} names no node of the chart")
    totals = _totals(chart.links)
    columns = [
        _shown("source", chart.sources, totals),
        _shown("middle", chart.middles, totals),
        _shown("sink", chart.sinks, totals),
    ]
    shown = {node.key for column in columns for node in column.nodes}
    links = [link for link in chart.links if link.source in shown and link.target in shown and link.size > 0]
    widths = _ribbon_widths(links, columns)
    heights = _bar_heights(links, widths)
    columns = [replace(column, slots=_slots(column, heights)) for column in columns]
    shapes, texts, height = _place(columns, heights, chart.middles_label)
    picture = Picture(
        height=height,
        shapes=tuple(shapes.values()),
        ribbons=tuple(_ribbons(links, widths, shapes)),
        texts=tuple(texts),
        rows=tuple(Row((labels[link.source], labels[link.target], link.text)) for link in chart.links),
    )
    return _mirror(picture) if mirrored else picture


def _totals(links: Sequence[FlowLink]) -> Mapping[str, float]:
    """Return what passes each node: the larger of what comes in and what goes out."""
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for link in links:
        into[link.target] += link.size
        out[link.source] += link.size
    return {key: max(into[key], out[key]) for key in {*into, *out}}


def _shown(kind: str, nodes: Sequence[FlowNode], totals: Mapping[str, float]) -> _Column:
    """Keep the given order, and the largest nodes if there are too many."""
    if len(nodes) <= MOST_SHOWN:
        return _Column(kind, tuple(nodes), 0)
    largest = sorted(nodes, key=lambda node: -totals.get(node.key, 0.0))[:MOST_SHOWN]
    keys = {node.key for node in largest}
    return _Column(kind, tuple(node for node in nodes if node.key in keys), len(nodes) - MOST_SHOWN)


def _ribbon_widths(links: Sequence[FlowLink], columns: Sequence[_Column]) -> list[float]:
    """Return each link's thickness: one scale for all, so that thick means much everywhere."""
    totals = _totals(links)
    fullest = max((sum(totals.get(node.key, 0.0) for node in column.nodes) for column in columns), default=0.0)
    return [round(max(link.size / fullest * FLOW_HEIGHT, THINNEST), 1) for link in links]


def _bar_heights(links: Sequence[FlowLink], widths: Sequence[float]) -> Mapping[str, float]:
    """Return how tall each bar must be for what meets it."""
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for link, width in zip(links, widths, strict=True):
        into[link.target] += width
        out[link.source] += width
    return {key: round(max(into[key], out[key], SHORTEST), 1) for key in {*into, *out}}


def _slots(column: _Column, heights: Mapping[str, float]) -> tuple[float, ...]:
    """Return the room each node of a column takes, its words included."""
    if column.kind == "middle":
        slot = MIDDLE_SLOT_NAMED if len(column.nodes) <= MOST_NAMED else MIDDLE_SLOT
        return tuple(max(slot, heights.get(node.key, 0.0) + slot - 2 * MIDDLE_RADIUS) for node in column.nodes)
    return tuple(max(NODE_SLOT, heights.get(node.key, SHORTEST) + BAR_GAP) for node in column.nodes)


def _place(
    columns: Sequence[_Column], heights: Mapping[str, float], middles_label: Text
) -> tuple[dict[str, Shape], list[TextAt], float]:
    """Stack each column around the picture's middle line; return shapes by key, texts and the height."""
    inner = max(*(column.height for column in columns), FLOW_HEIGHT)
    top = TOP + (26 if middles_label else 0)
    more = 24 if any(column.hidden for column in columns) else 0
    shapes: dict[str, Shape] = {}
    texts: list[TextAt] = []
    if middles_label:
        texts.append(TextAt(MIDDLE_X, TOP + 8, middles_label, "middle", "text-strong"))
    for column in columns:
        y = top + (inner - column.height) / 2
        for node, slot in zip(column.nodes, column.slots, strict=True):
            centre = round(y + slot / 2, 1)
            shapes[node.key] = _node(column.kind, node, centre, heights.get(node.key, SHORTEST))
            texts += _node_texts(column, node, shapes[node.key])
            y += slot
        if column.hidden:
            texts.append(_more_text(column, y + 16))
    return shapes, texts, round(top + inner + more + BOTTOM)


def _node(kind: str, node: FlowNode, centre: float, height: float) -> Shape:
    if kind == "middle":
        wide = max(height, 2.0 * MIDDLE_RADIUS)
        x, y = round(MIDDLE_X - wide / 2, 1), round(centre - wide / 2, 1)
        return Shape(x, y, wide, wide, "node-middle", node.label, is_round=True)
    x = SOURCE_X if kind == "source" else SINK_X
    return Shape(x, round(centre - height / 2, 1), BAR_WIDTH, height, f"node-{kind}", node.label)


def _node_texts(column: _Column, node: FlowNode, shape: Shape) -> list[TextAt]:
    centre = shape.middle_y
    if column.kind == "middle":
        if len(column.nodes) > MOST_NAMED:
            return []
        words = f"{node.label} · {node.detail}" if node.detail else node.label
        return [TextAt(MIDDLE_X, round(shape.y - 4, 1), _short(words), "middle", "text-quiet text-halo")]
    is_source = column.kind == "source"
    x, anchor = (SOURCE_X - 10, "end") if is_source else (SINK_X + BAR_WIDTH + 10, "start")
    if not node.detail:
        return [TextAt(x, centre + 5, _short(node.label), anchor)]
    return [
        TextAt(x, centre - 3, _short(node.label), anchor),
        TextAt(x, centre + 14, _short(node.detail), anchor, "text-quiet"),
    ]


def _more_text(column: _Column, y: float) -> TextAt:
    x, anchor = {
        "source": (SOURCE_X + BAR_WIDTH, "end"),
        "middle": (MIDDLE_X, "middle"),
        "sink": (SINK_X, "start"),
    }[column.kind]
    return TextAt(x, y, f"+ {column.hidden}", anchor, "text-quiet")


def _short(text: Text, longest: int = LABEL_LENGTH) -> str:
    words = str(text)
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def _ribbons(links: Sequence[FlowLink], widths: Sequence[float], shapes: Mapping[str, Shape]) -> list[Ribbon]:
    """Join the nodes; at a bar, curves leave side by side in the order of where they go."""
    starts = _ports(links, widths, shapes, leaving=True)
    ends = _ports(links, widths, shapes, leaving=False)
    return [
        Ribbon(
            start=(_edge(shapes[link.source], leaving=True), starts[index]),
            end=(_edge(shapes[link.target], leaving=False), ends[index]),
            width=widths[index],
            kind="ribbon-in" if shapes[link.target].is_round else "ribbon-out",
            title=link.text,
        )
        for index, link in enumerate(links)
    ]


def _edge(shape: Shape, *, leaving: bool) -> float:
    """Return where curves meet a shape, across: at a bar's side, at a circle's centre (it is drawn over them)."""
    if shape.is_round:
        return shape.middle_x
    return shape.x + shape.width if leaving else shape.x


def _ports(
    links: Sequence[FlowLink], widths: Sequence[float], shapes: Mapping[str, Shape], *, leaving: bool
) -> dict[int, float]:
    """Return the height at which each link meets its node."""
    meeting: dict[str, list[int]] = defaultdict(list)
    for index, link in enumerate(links):
        meeting[link.source if leaving else link.target].append(index)
    ports: dict[int, float] = {}
    for key, indexes in meeting.items():
        far = {i: links[i].target if leaving else links[i].source for i in indexes}
        ordered = sorted(indexes, key=lambda i: shapes[far[i]].middle_y)
        y = shapes[key].middle_y - sum(widths[i] for i in indexes) / 2
        for i in ordered:
            ports[i] = round(y + widths[i] / 2, 1)
            y += widths[i]
    return ports


def draw_bars(chart: BarChart, *, mirrored: bool = False) -> Picture:
    """Return the picture of bars from zero, each with its figure beside it and its interval if it has one.

    Raises:
        ValueError: a value below zero; these bars count people and money.
    """
    if any(bar.value is not None and bar.value < 0 for bar in chart.bars):
        raise ValueError("a bar below zero")
    scale = _scale(chart)
    height = TOP + ROW * len(chart.bars) + BOTTOM
    shapes: list[Shape] = []
    texts: list[TextAt] = []
    lines = [Line(scale.zero, TOP - 4, scale.zero, height - BOTTOM + 4, "axis")]
    for number, bar in enumerate(chart.bars):
        centre = TOP + ROW * number + ROW / 2
        reach = WITHHELD_WIDTH if bar.value is None else scale.length(bar.value)
        kind = "bar-withheld" if bar.value is None else f"fill-{bar.series}"
        shapes.append(Shape(scale.zero, centre - BAR_HEIGHT / 2, reach, BAR_HEIGHT, kind, bar.text))
        texts.append(TextAt(scale.zero - 10, centre + 5, _short(bar.label, LONGEST_LABEL), "end"))
        far = scale.zero + max(reach, scale.length(bar.high or 0.0))
        texts.append(TextAt(far + 8, centre + 5, bar.text, "start", "text-quiet" if bar.value is None else ""))
        lines += _interval(bar, centre, scale)
    rows = tuple(Row((bar.label, bar.text)) for bar in chart.bars)
    picture = Picture(height=height, shapes=tuple(shapes), texts=tuple(texts), lines=tuple(lines), rows=rows)
    return _mirror(picture) if mirrored else picture


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where zero is, across, how wide the longest bar is, and what it stands for."""

    zero: float
    width: float
    most: float

    def length(self, value: float) -> float:
        return round(value / self.most * self.width, 1) if self.most > 0 else 0.0


def _scale(chart: BarChart) -> _Scale:
    """Leave the labels the room that the longest of them needs; the bars get the rest."""
    most = max((max(bar.value or 0.0, bar.high or 0.0) for bar in chart.bars), default=0.0)
    longest = max((len(str(bar.label)) for bar in chart.bars), default=0)
    zero = round(16 + LETTER_WIDTH * min(longest, LONGEST_LABEL), 1)
    return _Scale(zero, WIDTH - zero - FIGURE_ROOM, most)


def _interval(bar: Bar, centre: float, scale: _Scale) -> list[Line]:
    if bar.low is None or bar.high is None:
        return []
    low, high = scale.zero + scale.length(bar.low), scale.zero + scale.length(bar.high)
    return [
        Line(low, centre, high, centre, "interval"),
        Line(low, centre - 5, low, centre + 5, "interval"),
        Line(high, centre - 5, high, centre + 5, "interval"),
    ]


def _mirror(picture: Picture) -> Picture:
    """Turn a picture around its upright middle line; texts stay readable."""

    def turned(x: float) -> float:
        return round(picture.width - x, 1)

    anchors = {"start": "end", "end": "start", "middle": "middle"}
    return replace(
        picture,
        shapes=tuple(replace(shape, x=turned(shape.x + shape.width)) for shape in picture.shapes),
        ribbons=tuple(
            replace(
                ribbon, start=(turned(ribbon.start[0]), ribbon.start[1]), end=(turned(ribbon.end[0]), ribbon.end[1])
            )
            for ribbon in picture.ribbons
        ),
        texts=tuple(replace(text, x=turned(text.x), anchor=anchors[text.anchor]) for text in picture.texts),
        lines=tuple(replace(line, x1=turned(line.x1), x2=turned(line.x2)) for line in picture.lines),
    )
