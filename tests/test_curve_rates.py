"""The marks of learning rates on the curves: each says its rate, and none stands on another."""

import pytest

from pages.components.browser.component import scripts

WIDTH, LETTER = 400, 6

LABELS = f"""changes => rateLabels(
  changes, epoch => 40 * epoch, text => {LETTER} * text.length, {WIDTH}
).map(({{ text, from, to, members }}) => ({{ text, from, to, count: members.length }}))"""


@pytest.mark.browser
def test_marks_of_the_rate_that_are_close_share_one_label_which_tells_the_last_of_them(browser):
    page = browser.new_page()

    def labels(changes):
        return page.evaluate(f"changes => {{ {scripts('runs/curve_rates')}; return ({LABELS})(changes); }}", changes)

    apart = labels([[1, 0.01], [5, 0.003]])
    close = labels([[1, 0.01], [1.2, 0.003], [1.4, 0.0005], [6, 1e-5]])
    at_the_end = labels([[9.9, 0.25]])
    many = labels([[number / 10, number / 1000] for number in range(1, 100)])
    page.close()

    assert [label["text"] for label in apart] == ["rate 0.01", "rate 0.003"]
    assert [label["from"] for label in apart] == [44, 204]
    assert [label["text"] for label in close] == ["rate 0.0005 after 3 changes", "rate 0.00001"]
    assert at_the_end == [{"text": "rate 0.25", "from": WIDTH - 9 * LETTER, "to": WIDTH, "count": 1}]
    assert sum(label["count"] for label in many) == 99 and many[-1]["text"].startswith("rate 0.099 ")
    for found in (apart, close, at_the_end, many):
        assert all(label["to"] <= WIDTH for label in found)
        assert all(before["to"] < after["from"] for before, after in zip(found, found[1:], strict=False))
