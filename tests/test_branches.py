"""Networks with several paths: moved, joined, rewired, copied and mended; nothing ever reads what stands below it."""

import random

import pytest

from core.build.codegen import script
from core.errors import UserError
from core.experiment import MAX_LAYERS, Experiment, branches, fragments, mending, stack
from core.experiment.network import trace
from core.experiment.node import COMMENT_LENGTH, IMAGE, Node, inputs_of
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment, read_link
from core.figures.rails import rails
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.joining import Add, Average, Concatenate, Multiply
from core.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten, ZeroPadding2D
from core.runs.pace import what_costs

HEAD = Dense(units=3)


def conv(id, *inputs, **fields):
    return Node(id=id, layer=Conv2D(**{"filters": 4, "padding": "same"} | fields), inputs=inputs)


def join(id, *inputs, kind=Add):
    return Node(id=id, layer=kind(), inputs=inputs)


CHAIN = (conv("a"), conv("b"), conv("c"), Node(id="flat", layer=Flatten()))
RESIDUAL = (conv("stem"), conv("a"), conv("b"), join("sum", "stem", "b"), Node(id="flat", layer=Flatten()))
INCEPTION = (
    conv("stem"),
    conv("a"),
    conv("b", "stem"),
    conv("b2"),
    conv("c", "stem"),
    join("all", "a", "b2", "c", kind=Concatenate),
    Node(id="flat", layer=Flatten()),
)


def reads(nodes):
    """What each node reads, by its id."""
    return dict(zip((node.id for node in nodes), inputs_of(nodes), strict=True))


def fits(nodes):
    traced = trace((8, 8, 1), nodes, HEAD)
    return traced.broken is None and not [row for row in traced.unread if row.index < len(nodes) - 1]


def test_a_branch_begins_beside_the_next_row_and_keeps_the_shape():
    nodes, new = branches.branched(CHAIN, "a", (8, 8, 4))

    assert [node.id for node in nodes] == ["a", new, "b", "c", "flat"]
    assert reads(nodes) == {"a": ("image",), new: ("a",), "b": ("a",), "c": ("b",), "flat": ("c",)}
    assert trace((8, 8, 1), nodes, HEAD).rows[1].output_shape == (8, 8, 4)


def test_a_branch_from_the_last_row_meets_the_other_path_at_once():
    nodes, new = branches.branched(CHAIN, "flat", (256,))

    assert reads(nodes)[nodes[-1].id] == ("flat", new)
    assert isinstance(nodes[-2].layer, Dense)
    assert fits(nodes)


@pytest.mark.parametrize("kind", branches.joins())
def test_a_loose_end_joins_another_path_and_who_stood_behind_reads_the_join(kind):
    nodes, new = branches.branched(CHAIN, "a", (8, 8, 4))
    nodes, meeting = branches.joined(nodes, new, "c", kind)

    assert reads(nodes)[meeting] == (new, "c")
    assert reads(nodes)["flat"] == (meeting,)
    assert fits(nodes)


def test_a_shortcut_needs_no_layer_of_its_own():
    nodes, meeting = branches.joined(CHAIN, "c", "a", "Add")

    assert reads(nodes) == {"a": ("image",), "b": ("a",), "c": ("b",), meeting: ("a", "c"), "flat": (meeting,)}


def test_an_end_that_nobody_reads_joins_what_stands_above_and_the_rows_below_read_the_join():
    nodes, new = branches.branched(CHAIN, "a", (8, 8, 4))
    nodes, meeting = branches.joined(nodes, new, "a", "Add")

    assert reads(nodes)[meeting] == ("a", new)
    assert reads(nodes)["b"] == (meeting,)
    assert fits(nodes)


def test_a_third_path_goes_into_the_join_that_is_there():
    nodes, new = branches.branched(RESIDUAL, "stem", (8, 8, 4))
    first = branches.partners(trace((8, 8, 1), nodes, HEAD), new)[0]
    nodes, meeting = branches.joined(nodes, new, first.id, first.kind)

    assert (first, meeting) == (branches.Partner("sum", "Add"), "sum")
    assert reads(nodes)["sum"] == ("stem", "b", new)
    assert fits(nodes)


def test_the_most_natural_partner_is_one_that_fits_at_once():
    nodes = (conv("stem"), conv("new", "stem"), conv("wide", "stem", filters=8), conv("next", strides=2), *CHAIN[3:])
    found = branches.partners(trace((8, 8, 1), nodes, HEAD), "new")
    assert [(one.id, one.kind) for one in found[:2]] == [("wide", "Concatenate"), ("stem", "Add")]
    assert found[2].id == "next"  # it would have to be mended

    end = branches.partners(trace((8, 8, 1), CHAIN, HEAD), "c")
    assert end[0] == branches.Partner("a", "Add")


def test_a_row_reads_what_it_is_told_to_if_that_stands_above():
    assert reads(branches.reading(CHAIN, "c", ["a"]))["c"] == ("a",)
    assert branches.reading(branches.reading(CHAIN, "c", ["a"]), "c", ["b"]) == CHAIN
    assert reads(branches.reading(RESIDUAL, "sum", ["a", "b", "image"]))["sum"] == ("a", "b", "image")


@pytest.mark.parametrize("inputs", [["b"], ["sum"], ["flat"]])
def test_what_would_go_round_in_a_circle_is_refused_with_the_reason(inputs):
    with pytest.raises(UserError) as caught:
        branches.reading(RESIDUAL, "b", inputs)
    assert caught.value.code == "READS_BELOW"


@pytest.mark.parametrize("inputs", [[], ["nobody"], ["stem", "a"], [7]])
def test_inputs_that_are_none_are_refused(inputs):
    with pytest.raises(UserError, match="changed meanwhile"):
        branches.reading(RESIDUAL, "b", inputs)


def test_a_row_that_moves_leaves_its_path_and_goes_into_the_one_it_passed():
    down = stack.moved(INCEPTION, "a", 2)
    assert reads(down)["all"] == ("stem", "b2", "c")
    assert (reads(down)["b"], reads(down)["a"], reads(down)["b2"]) == (("stem",), ("b",), ("a",))
    up = stack.moved(INCEPTION, "c", 2)
    assert reads(up)["all"] == ("a", "b2", "stem")
    assert (reads(up)["c"], reads(up)["b"]) == (("stem",), ("c",))


def test_a_row_on_a_path_changes_places_with_the_one_it_reads():
    up = stack.moved(INCEPTION, "b2", 2)

    assert reads(up) == reads(INCEPTION) | {"b2": ("stem",), "b": ("b2",), "all": ("a", "b", "c")}
    assert stack.moved(stack.moved(INCEPTION, "b2", 2), "b2", 3) == INCEPTION


def test_a_join_that_moves_lets_layers_change_sides():
    down = stack.moved((*RESIDUAL[:4], conv("after"), RESIDUAL[4]), "sum", 4)
    assert reads(down) == {
        "stem": ("image",), "a": ("stem",), "b": ("a",), "after": ("b",), "sum": ("stem", "after"), "flat": ("sum",)
    }  # fmt: skip
    up = stack.moved(RESIDUAL, "sum", 2)
    assert reads(up) == {"stem": ("image",), "a": ("stem",), "sum": ("stem", "a"), "b": ("sum",), "flat": ("b",)}


def test_a_move_that_leaves_nothing_to_join_or_would_make_a_circle_is_refused_with_the_reason():
    with pytest.raises(UserError) as nothing_left:
        stack.moved(RESIDUAL, "sum", 1)
    assert nothing_left.value.code == "MOVE_LEAVES_NO_JOIN"
    twice = (*RESIDUAL[:4], join("mean", "a", "sum", kind=Average), RESIDUAL[4])
    for id, to in (("sum", 4), ("mean", 3)):
        with pytest.raises(UserError) as circle:
            stack.moved(twice, id, to)
        assert circle.value.code == "MOVE_WOULD_LOOP"


def test_several_rows_move_as_one_and_keep_the_wires_among_them():
    down = stack.moved_together(CHAIN, ["b", "a"], 1)
    assert [node.id for node in down] == ["c", "a", "b", "flat"]
    assert stack.moved_together(down, ["a", "b"], 0) == CHAIN
    longer = (*RESIDUAL[:4], conv("after"), RESIDUAL[4])
    moved = stack.moved_together(longer, ["a", "b", "sum"], 2)
    assert [node.id for node in moved] == ["stem", "after", "a", "b", "sum", "flat"]
    assert reads(moved) == {
        "stem": ("image",), "after": ("stem",), "a": ("after",), "b": ("a",), "sum": ("after", "b"), "flat": ("sum",)
    }  # fmt: skip
    assert reads(stack.moved_together(moved, ["a", "b", "sum"], 1)) == reads(longer)


def test_several_rows_that_are_no_single_path_move_one_by_one_or_are_refused_with_the_reason():
    sides = stack.moved_together((*RESIDUAL[:4], conv("after"), RESIDUAL[4]), ["b", "sum"], 3)
    assert [node.id for node in sides] == ["stem", "a", "after", "b", "sum", "flat"]
    assert fits(sides)
    twice = (*RESIDUAL[:4], join("mean", "a", "sum", kind=Average), RESIDUAL[4])
    with pytest.raises(UserError) as circle:
        stack.moved_together(twice, ["b", "sum"], 3)
    assert circle.value.code == "MOVE_WOULD_LOOP"
    for place in (-1, 3, None, True):
        with pytest.raises(UserError, match="changed meanwhile"):
            stack.moved_together(CHAIN, ["a", "b"], place)


def test_what_is_inserted_at_the_end_of_a_path_stands_before_the_join():
    nodes = stack.inserted(INCEPTION, 2, BatchNormalization())

    assert reads(nodes)["all"] == ("batch_normalization_1", "b2", "c")
    assert reads(nodes)["b"] == ("stem",)


def test_a_join_whose_inputs_become_one_goes_with_the_layer_between_them():
    left = stack.removed(RESIDUAL, "a", "b")

    assert [node.id for node in left] == ["stem", "flat"]
    assert stack.removed(RESIDUAL, "sum", "b", "a") == left
    twice = (*RESIDUAL[:4], join("again", "stem", "sum"), RESIDUAL[-1])
    assert stack.removed(twice, "a", "b") == left  # the join that goes leaves the next one nothing to join


def test_copies_keep_the_wires_among_them_and_follow_the_row_where_they_are_put():
    copy = fragments.copied(RESIDUAL, ["sum", "a", "b"])
    nodes, names = fragments.pasted(RESIDUAL, "sum", copy)

    assert [node.id for node in nodes] == ["stem", "a", "b", "sum", *names, "flat"]
    assert reads(nodes) | {names[0]: ("sum",), names[1]: (names[0],), names[2]: ("sum", names[1])} == reads(nodes)
    assert reads(nodes)["flat"] == (names[2],)
    assert fits(nodes)


def test_copies_go_into_another_network():
    copy = fragments.copied(INCEPTION, [node.id for node in INCEPTION[1:6]])
    nodes, names = fragments.pasted(CHAIN, "b", copy)

    assert [reads(nodes)[name] for name in (names[0], names[1], names[3])] == [("b",)] * 3
    assert reads(nodes)[names[4]] == (names[0], names[2], names[3])
    assert reads(nodes)["c"] == (names[4],)
    assert fits(nodes)


def test_a_copied_join_reads_what_it_did_where_that_still_stands_above():
    copy = fragments.copied(RESIDUAL, ["b", "sum"])
    here, names = fragments.pasted(RESIDUAL, "sum", copy)
    assert reads(here)[names[1]] == ("stem", names[0])
    there, names = fragments.pasted(CHAIN, "b", copy)
    assert reads(there)[names[1]] == ("b", names[0])


def test_nothing_copied_changes_nothing():
    assert fragments.pasted(CHAIN, "a", ()) == (CHAIN, [])


def test_copies_that_are_too_many_are_refused():
    copy = fragments.copied(CHAIN, ["a"]) * MAX_LAYERS
    with pytest.raises(UserError, match="at most"):
        fragments.pasted(CHAIN, "a", copy)


LAYERS = (
    *(Conv2D(filters=maps, kernel_size=3, padding=how) for maps in (4, 8) for how in ("same", "valid")),
    *(Conv2D(filters=4, kernel_size=1, strides=step, padding="same") for step in (2, 3)),
    *(MaxPooling2D(pool_size=2, padding=how) for how in ("same", "valid")),
    ZeroPadding2D(),
    BatchNormalization(),
)
JOINS = (Add, Multiply, Average, Concatenate)


def random_join(draw):
    """A stem, two to four paths from it, and a join."""
    nodes, ends = [conv("stem")], []
    for path in range(draw.randint(2, 4)):
        last = "stem"
        for place in range(draw.choice((0, 1, 1, 2, 3))):
            flat = place and draw.random() < 0.1
            layer = draw.choice((Flatten(), GlobalAveragePooling2D()) if flat else LAYERS)
            nodes.append(Node(id=f"p{path}_{place}", layer=layer, inputs=(last,)))
            last = nodes[-1].id
        ends.append(last)
    return (*nodes, join("join", *dict.fromkeys(ends), kind=draw.choice(JOINS)))


def test_every_fix_that_is_offered_at_a_join_mends_it_and_many_mismatches_have_one():
    draw, mismatched, offered = random.Random(3), 0, []
    while mismatched < 100:
        nodes, side = random_join(draw), draw.randint(10, 32)
        traced = trace((side, draw.choice((side, side + 4)), 3), nodes, HEAD)
        row = traced.rows[-2]
        if row.impossible is None or len(row.input_shapes) < 2:
            continue
        mismatched += 1
        found = mending.ways(traced, nodes, "join")
        for way in found:
            after = mending.mended(traced, nodes, "join", way.label)
            assert not any(row.impossible for row in trace(traced.input_shape, after, HEAD).rows[:-1])
            assert after == way.nodes
        offered.append(len(found))
    assert sum(map(bool, offered)) > 65
    assert max(offered) <= mending.MOST


@pytest.mark.parametrize(
    ("paths", "label"),
    [
        ((conv("a", filters=8),), "Put a 1x1 convolution with 8 filters behind Conv2D #1"),
        ((conv("a", filters=8, strides=2),), "Put a 1x1 convolution with 8 filters and strides=2 behind Conv2D #1"),
        ((conv("a", padding="valid"),), "Use padding='same' in Conv2D #2"),
        ((Node(id="a", layer=ZeroPadding2D()),), "Put ZeroPadding2D (1 px) behind Conv2D #1"),
        ((Node(id="a", layer=GlobalAveragePooling2D()),), "Put GlobalAveragePooling2D behind Conv2D #1"),
    ],
)
def test_a_join_is_mended_in_the_way_that_people_use(paths, label):
    nodes = (conv("stem"), *paths, join("sum", "stem", paths[-1].id))
    for side in (8, 9):  # of an odd side a step of 2 leaves the larger half
        found = [way.label for way in mending.ways(trace((side, side, 1), nodes, HEAD), nodes, "sum")]
        assert found[0] == label
        assert len(found) > 1  # padding is not the only way


def test_a_row_that_reads_what_is_not_above_it_can_be_told_to_read_what_is():
    for wrong in ("b", "nobody"):
        nodes = (conv("stem"), conv("a", wrong), conv("b"), Node(id="flat", layer=Flatten()))
        (way,) = mending.ways(trace((8, 8, 1), nodes, HEAD), nodes, "a")
        assert way.label == "Let it read Conv2D #1 only"
        assert fits(way.nodes)


def test_a_fix_that_is_not_offered_is_refused():
    for id, label in (("sum", "Explode"), ("sum", None), ("nobody", ""), (7, "")):
        with pytest.raises(UserError, match="changed meanwhile"):
            mending.mended(trace((8, 8, 1), RESIDUAL, HEAD), RESIDUAL, id, label)


def some_edit(nodes, draw):
    """The nodes after an edit of any kind, which may be refused."""
    id, other = (draw.choice([node.id for node in nodes]) for _ in range(2))
    return draw.choice(
        (
            lambda: stack.moved(nodes, id, draw.randrange(len(nodes))),
            lambda: stack.moved_together(nodes, [id, other], draw.randrange(len(nodes) - 1)),
            lambda: branches.branched(nodes, id, (8, 8, 4))[0],
            lambda: branches.joined(nodes, id, draw.choice((IMAGE, other)), draw.choice(branches.joins()))[0],
            lambda: fragments.pasted(nodes, id, fragments.copied(nodes, [id, other]))[0],
            lambda: stack.removed(nodes, id),
            lambda: branches.reading(nodes, id, [draw.choice((IMAGE, other))]),
        )
    )()


def test_no_row_of_a_network_reads_below_itself_after_any_edit():
    draw, done = random.Random(5), 0
    for start in (RESIDUAL, INCEPTION, CHAIN) * 10:
        nodes = start
        for _ in range(20):
            try:
                nodes = some_edit(nodes, draw) or start
                done += 1
            except UserError:
                continue
            Experiment(nodes=nodes)
            for place, inputs in enumerate(inputs_of(nodes)):
                assert set(inputs) <= {IMAGE, *(node.id for node in nodes[:place])}
                assert len(inputs) == len(set(inputs))
    assert done > 300


def test_a_comment_travels_and_changes_nothing_else():
    bare = load_preset("digits-residual")
    first = bare.nodes[0].edited(comment="the stem: “edges” first")
    told = bare.edited(nodes=(first, *bare.nodes[1:]))

    assert read_experiment(told.to_json()) == told != bare
    assert read_link(told.to_link()).nodes[0].comment == first.comment
    assert told.is_same(bare)
    assert what_costs(told) == what_costs(bare)
    text, plain = script(told).splitlines(), script(bare).splitlines()
    assert text[(at := text.index("# the stem: “edges” first")) + 1] == plain[at]
    assert [line for line in text if line != text[at]] == plain
    assert "comment" not in bare.to_json()


@pytest.mark.parametrize("comment", ["x" * (COMMENT_LENGTH + 1), "two\nlines", "\u2028import os", "\0"])
def test_a_comment_is_one_line_of_text(comment):
    with pytest.raises(ValueError, match="comment"):
        Node(id="a", layer=Conv2D(), comment=comment)


def test_edits_keep_comments():
    nodes = (CHAIN[0].edited(comment="keep me"), *CHAIN[1:])

    for edited in (
        stack.moved(nodes, "a", 2),
        stack.replaced(nodes, "a", MaxPooling2D()),
        branches.reading(nodes, "c", ["a"]),
        fragments.pasted(nodes, "c", fragments.copied(nodes, ["a"]))[0],
    ):
        assert "keep me" in [node.comment for node in edited]


def drawn(*rows):
    """The rails of rows such as "c <- a b", one line per row: its lane, where wires enter, and where others pass."""
    told = [row.split(" <- ") for row in rows]
    inputs = {id: reads[0].split() if reads else [] for id, *reads in told}
    return [
        (rail.lane, [wire.lane for wire in rail.into], [wire.lane for wire in rail.past], rail.is_read)
        for rail in rails([id for id, *_ in told], inputs)
    ]


def test_a_chain_has_one_rail():
    assert drawn("a", "b <- a", "c <- b") == [(0, [], [], True), (0, [0], [], True), (0, [0], [], False)]


def test_a_shortcut_runs_straight_beside_the_rows_that_it_passes():
    assert drawn("a", "b <- a", "c <- b", "sum <- a c", "d <- sum") == [
        (0, [], [], True),
        (1, [0], [0], True),
        (1, [1], [0], True),
        (0, [0, 1], [], True),
        (0, [0], [], False),
    ]


def test_four_paths_lie_beside_each_other_and_meet_on_the_leftmost():
    found = drawn("a", "b <- a", "c <- a", "c2 <- c", "d <- a", "e <- a", "all <- b c2 d e", "end <- all")

    assert [lane for lane, *_ in found] == [0, 1, 2, 2, 3, 0, 0, 0]
    assert found[6] == (0, [1, 2, 3, 0], [], True)


def test_an_end_that_nobody_reads_gives_its_lane_back():
    assert drawn("a", "b <- a", "c <- a", "d <- c") == [
        (0, [], [], True),
        (1, [0], [0], False),
        (0, [0], [], True),
        (0, [0], [], False),
    ]


def test_wires_from_below_or_from_nowhere_are_left_out():
    assert drawn("a <- b", "b <- nowhere a")[0] == (0, [], [], True)


def test_no_two_wires_ever_share_a_lane_and_every_wire_arrives():
    draw = random.Random(2)
    for _ in range(200):
        ids = [f"n{place}" for place in range(draw.randint(1, 30))]
        inputs = {id: draw.sample(ids[:place], min(place, draw.randint(1, 3))) for place, id in enumerate(ids)}
        found = rails(ids, inputs)
        for place, (id, rail) in enumerate(zip(ids, found, strict=True)):
            assert {wire.source for wire in rail.into} == set(inputs[id])
            beside = [wire.lane for wire in rail.past] + [rail.lane] * rail.is_read
            assert len(beside) == len(set(beside))
            at = {wire.source: wire.lane for wire in (*found[place - 1].past, *rail.past)} if place else {}
            assert all(at.get(wire.source, wire.lane) == wire.lane for wire in (*rail.into, *rail.past))
