"""Names that are Markdown, HTML, links, pictures or symbols stand on the pages letter by letter, and fetch nothing."""

import io
import json
import zipfile

import pytest
from browser import PATIENCE, Server, go, no_accident, settled
from pets import picture
from playwright.sync_api import expect

from core.build.model import build_model
from core.datasets.own_images import OwnImages
from core.experiment import Experiment
from core.layers.dense import Dense
from core.layers.reshaping import Flatten
from core.runs import states
from core.runs.recorder import Recorder
from core.uploads import incoming
from tests.saved import here, save_weights

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

ALL_SHOWN = """
import json
from pathlib import Path
import streamlit as st
from pages.components.frame.markdown import plain, say

for at, words in enumerate(json.loads(Path({words!r}).read_text(encoding="utf-8"))):
    with st.container(key=f"case-{{at}}"):
        st.error(plain(words))
        st.markdown(say("**{{}}**  \\nis here", words))
        st.markdown("\\n".join(f"- {{plain(one)}}" for one in [words, words]))
        st.caption(say("{{}}", words))
        st.button(plain(words), key=f"button-{{at}}")
        st.expander(plain(words))
        st.tabs([plain(words)])
        st.segmented_control("one", [words], format_func=plain, key=f"control-{{at}}")
        st.table([{{"name": plain(words)}}])
        st.progress(0.5, plain(words))
        st.metric(plain(words), 1)
st.text("all is drawn")
"""
PLACES = {
    "stAlert": 1,
    "stCaptionContainer": 1,
    "stButton": 1,
    "stExpander": 1,
    "stTabs": 1,
    "stButtonGroup": 1,
    "stProgress": 1,
    "stMetricLabel": 1,
    "stTable": 1,
}
WORDS = [
    "cat.png",
    "고양이_é_ß.jpeg",
    "a_b_c (1) [2] {3}.png",
    "![a](//outside.invalid/a.png)",
    "![a](&#47;&#47;outside.invalid&#47;a.png)",
    "![a][b]",
    "[words](https://outside.invalid)",
    "<img src=//outside.invalid/a.png>",
    "<https://outside.invalid>",
    "https://outside.invalid/a and HTTP://outside.invalid",
    "www.outside.invalid or WWW.outside.invalid",
    "somebody@outside.invalid, mailto:somebody@outside.invalid",
    "**bold** __bold__ *a* _a_ ~~gone~~ ~b~",
    "`code` ``code``",
    "$x^2$ $$y$$ $a and $b",
    ":smile: :+1: :red[red] :blue-background[x] :small[x] :help[x]",
    ":material/home: :material_home: :streamlit: a:b:c",
    "# head",
    "## head",
    "1. one",
    "2) two",
    "- one",
    "+ one",
    "* one",
    "> quoted",
    "---",
    "***",
    "___",
    "===",
    "```py",
    "~~~",
    "| a | b |",
    "a & b &amp; &lt;b&gt; &#33;",
    "back\\slash \\* \\",
    "::leaf",
    ":::container",
    "[^1]: note",
    "[x] done",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "!important!",
    "C:\\pictures\\x.png 12:30:45 3:4",
    "-1.5",
    "50 % of 3 * 4 = 12",
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory, browser):
    """A page on which each of the words stands in every kind of element."""
    folder = tmp_path_factory.mktemp("words")
    words = folder / "words.json"
    words.write_text(json.dumps(WORDS), encoding="utf-8")
    script = folder / "shown.py"
    script.write_text(ALL_SHOWN.format(words=str(words)), encoding="utf-8")
    server = Server(folder / "workspace", stands_by=False, script=str(script))
    server.start()
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    page.get_by_text("all is drawn").wait_for()
    settled(page)
    yield page
    page.close()
    server.stop()


@pytest.mark.parametrize("at", range(len(WORDS)), ids=WORDS)
def test_words_stand_letter_by_letter_in_every_element(shown, at):
    case = shown.locator(f".st-key-case-{at}")
    found = {place: _letters(case.get_by_test_id(place).first) for place in PLACES}
    assert {place: words for place, words in found.items() if WORDS[at] not in words} == {}
    first, *items = case.get_by_test_id("stMarkdown").all()
    assert _letters(first) == f"{WORDS[at]}\nis here"
    assert [_letters(one) for one in items[0].locator("li").all()] == [WORDS[at]] * 2
    assert case.locator("a, code, pre, em, del, blockquote, hr, .katex, [role=img]:not(svg)").count() == 0
    assert case.locator("h1, h2, h3, ol, img, input[type=checkbox], table table").count() == 0


def _letters(place):
    """The text of an element without the marks that nobody sees."""
    return place.inner_text().replace("\N{WORD JOINER}", "").strip()


IMAGE = "![outside](//outside.invalid/{}.png)"
CLASS = "![outside](&#47;&#47;outside.invalid&#47;{}.png)"
"""Without a slash, which parts the names of folders."""


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """A server with a run whose names, classes and files are all pictures from outside; the run."""
    server = Server(tmp_path_factory.mktemp("evil") / "workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(server.home))
        found = incoming.receive_archive(io.BytesIO(_zip()), f"{CLASS.format('title')}.zip")
        dataset = OwnImages(images_id=found.id, image_size=16)
        experiment = Experiment(name=IMAGE.format("name"), dataset=dataset, layers=(Flatten(), Dense(units=2)))
        experiment = experiment.edited(training=experiment.training.edited(validation_split=0.5))
        run = here().create(experiment)
        with Recorder(run) as record:
            save_weights(record, 1, build_model(experiment, experiment.dataset.facts()))
            record.status(state=states.FINISHED, reason=IMAGE.format("reason"), epoch=1, epochs=1, best_epoch=1)
        run.annotate(name=IMAGE.format("run"), note=IMAGE.format("note"))
        gone = here().create(experiment)
        gone.annotate(name=IMAGE.format("deleted"))
        here().delete(gone)
        server.start()
        yield server, run
        server.stop()


def _zip(start: int = 0) -> bytes:
    """Two classes; one file of each can't be read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for label in ("a", "b"):
            for number in range(8):
                archive.writestr(
                    f"{CLASS.format(label)}/{CLASS.format(number)}.png", picture(start + 8 * ord(label) + number)
                )
            archive.writestr(f"{CLASS.format(label)}/{CLASS.format('broken')}.png", b"no picture")
    return file.getvalue()


def test_no_page_fetches_what_a_name_asks_for(evil, browser):
    server, run = evil
    context = browser.new_context(viewport={"width": 1440, "height": 1600})
    own = (server.url, f"ws://127.0.0.1:{server.port}", "data:", "blob:")
    outside = []
    context.on("request", lambda request: None if request.url.startswith(own) else outside.append(request.url))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/?e={run.experiment.to_link()}&run={run.id}")
    settled(page)
    for name, words in (
        ("Home", IMAGE.format("run")),
        ("Data", CLASS.format("title")),
        ("Augmentation", None),
        ("Network", None),
        ("Training", None),
        ("Live run", IMAGE.format("reason")),
        ("Runs", IMAGE.format("deleted")),
        ("Predict", CLASS.format("a")),
        ("Look inside", CLASS.format("a")),
    ):
        if name != "Home":
            go(page, name)
        if name == "Runs":
            page.get_by_text("Deleted runs").click()
        if words:
            expect(page.get_by_text(words).first).to_be_visible()
        _nothing_foreign(page, own)

    go(page, "Predict")
    page.get_by_text("Upload", exact=True).click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": f"{CLASS.format('upload')}.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(page.get_by_test_id("stAlert").get_by_text(CLASS.format("upload"))).to_be_visible()
    _nothing_foreign(page, own)

    go(page, "Data")
    page.get_by_role("button", name="Other pictures").click()
    place = page.locator(".st-key-dropzone").get_by_test_id("stFileUploaderDropzoneInput").first
    archive = {"name": f"{CLASS.format('again')}.zip", "mimeType": "application/zip", "buffer": _zip(5000)}
    place.set_input_files(archive)
    expect(page.get_by_test_id("stAlert").get_by_text(CLASS.format("again"))).to_be_visible()
    page.get_by_text("2 left out").click()
    _nothing_foreign(page, own)

    page.goto(f"{server.url}/?e={CLASS.format('link')}")
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    _nothing_foreign(page, own)
    no_accident(page)
    context.close()
    assert outside == []


def _nothing_foreign(page, own):
    """No picture and no link of another place stands on the page."""
    foreign = page.evaluate(
        "[...document.querySelectorAll('img, a, iframe, script, link')].map((one) => one.src || one.href || '')"
    )
    assert [one for one in foreign if one and not one.startswith(own)] == []
