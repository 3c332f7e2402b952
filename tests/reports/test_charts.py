"""Charts: numbers for who sees and for who listens."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

from reports.charts import chart_sentence, column_chart, share_bar
from reports.periods import Bar, hour_bars

NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_a_chart_is_an_image_with_a_name_and_its_numbers_in_words() -> None:
    chart = ElementTree.fromstring(column_chart(hour_bars({3: 12, 14: 5}), identifier="hours", title="By hour"))
    assert chart.get("role") == "img"
    named = {element.get("id"): element.text for element in chart if element.get("id")}
    assert chart.get("aria-labelledby", "").split() == list(named)
    assert list(named.values()) == ["By hour", "03:00 to 03:59: 12; 14:00 to 14:59: 5."]


def test_columns_are_as_tall_as_their_numbers() -> None:
    chart = ElementTree.fromstring(column_chart([Bar("a", "a", 10), Bar("b", "b", 5)], identifier="x", title="t"))
    tall, half = (float(rect.get("height", "")) for rect in chart.iter(f"{NAMESPACE}rect"))
    assert tall == half * 2
    assert [text.text for text in chart.iter(f"{NAMESPACE}text")] == ["10", "5", "a", "b"]


def test_nothing_counted_is_a_chart_too() -> None:
    chart = ElementTree.fromstring(column_chart(hour_bars({}), identifier="x", title="t"))
    assert not list(chart.iter(f"{NAMESPACE}rect"))
    assert chart_sentence(hour_bars({})) == "No events."
    assert ElementTree.fromstring(column_chart([], identifier="x", title="t")) is not None


def test_a_name_cannot_become_markup_and_nothing_needs_inline_style() -> None:
    svg = column_chart([Bar("<b>", "<script>", 1)], identifier="x", title='"><script>')
    assert "<script>" not in svg
    assert "style=" not in svg
    ElementTree.fromstring(svg)


def test_labels_do_not_run_into_each_other() -> None:
    bars = [Bar(f"{day} Jul", str(day), 1) for day in range(1, 46)]
    chart = ElementTree.fromstring(column_chart(bars, identifier="x", title="t"))
    labels = [float(text.get("x", "")) for text in chart.iter(f"{NAMESPACE}text") if "Jul" in (text.text or "")]
    assert min(right - left for left, right in pairwise(labels)) > 6 * 5


def test_a_share_bar_stays_in_its_frame() -> None:
    back, front = ElementTree.fromstring(share_bar(7.0, width=100)).iter(f"{NAMESPACE}rect")
    assert float(front.get("width", "")) == float(back.get("width", ""))


def test_numbers_that_would_overlap_are_left_out_but_for_the_tallest() -> None:
    bars = [Bar("", str(number), 1_000_000 + number) for number in range(31)]
    chart = ElementTree.fromstring(column_chart(bars, identifier="x", title="t"))
    assert [text.text for text in chart.iter(f"{NAMESPACE}text") if text.text] == ["1000030"]
