"""How the folders of an upload are read: which are classes, which are splits, which are only around the others.

What can be read in one sensible way is read; what can be read in two is asked (`core.intake.questions`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.errors import UserError
from core.intake.names import key, quoted
from core.intake.questions import UNDERSTOOD, Answer, Offer, Question, Reading
from core.intake.roles import SHORT, Role, numbered, role, roles, short_roles, twins

SPLITS = ("train", "validation", "test")
LAYOUT = "Make one folder per class: pets/cat/1.jpg, pets/dog/1.jpg. Folders train, validation and test may lie above."
OUTER, INNER, MERGED, PAIRED, TOP, SPLIT, IMAGES = "outer", "inner", "merged", "paired", "top", "split", "images"
"""Keys of the ways to read folders; what each means is in the words of its `Plan`."""

Path = tuple[str, ...]
Place = tuple[str, str]
PICTURES = frozenset({"image", "images", "img", "imgs"})
GENERIC = PICTURES | {
    "mask",
    "masks",
    "annotation",
    "annotations",
    "label",
    "labels",
    "gt",
    "ground_truth",
    "groundtruth",
}
"""Folders of such names hold the parts of one thing, seldom classes or more of the same."""
SHOWN = 6


@dataclass
class Tree:
    """A folder of images: how many lie in it, and the folders inside that hold more."""

    name: str
    path: Path
    loose: int = 0
    inner: dict[str, "Tree"] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One way to read the folders.

    Args:
        words: what it means, in one sentence.
        classes: path of a class folder -> split and class; the deepest that holds a file counts.
        notes: what the user should know about it.
        offers: what was decided and can be taken back.
        order: names of classes in the order of their labels, where that is known; others come in that of the alphabet.
    """

    words: str
    classes: dict[Path, Place]
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    order: tuple[str, ...] = ()

    def place(self, name: str) -> Place | None:
        """Split and class folder of a file, or None where it lies outside of the class folders."""
        path = tuple(name.split("/")[:-1])
        return next((self.classes[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.classes), None)

    @cached_property
    def _around(self) -> frozenset[Path]:
        return frozenset(path[:-1] for path, (_, folder) in self.classes.items() if path[-1] == folder)

    def would_be_class(self, folder: str) -> bool:
        """Whether a folder, perhaps without images, lies where the class folders lie."""
        return tuple(folder.split("/")[:-1]) in self._around


Plans = dict[str, Plan]


def read_folders(names: Sequence[str], title: str = "", answer: Answer = UNDERSTOOD) -> Plan | Question:
    """Finds out where the class folders are, or what has to be asked.

    `horse-or-human/train/horses/1.png`: split "train", class "horses"; `cat/1.png`, `dog/1.png`: classes "cat", "dog".

    Args:
        names: relative names of the images.
        title: of the upload, for a question.
        answer: what the user said.

    Raises:
        UserError: the folders can't be read as the answer says.
    """
    plans, what = _plans(_unwrapped(_tree(names)))
    wanted = answer.read
    if wanted and wanted not in plans:
        ways = " or ".join(plans)
        raise UserError(f'The folders can\'t be read as "{wanted}".', f"Say {ways}.", "DATASET_READING")
    if wanted:
        return plans[wanted]
    good = {name: plan for name, plan in plans.items() if _is_usable(plan)}
    if not what or len(good) < 2:
        return next(iter((good if what and good else plans).values()))
    readings = tuple(Reading(name, plan.words, _counts(plan, names)) for name, plan in good.items())
    return Question(title, what, readings, answer)


def _is_usable(plan: Plan) -> bool:
    return len({folder for split, folder in plan.classes.values() if split == "train"}) > 1


def _counts(plan: Plan, names: Sequence[str]) -> dict[str, dict[str, int]]:
    counted = Counter(place for place in map(plan.place, names) if place)
    return {
        split: {folder: count for (found, folder), count in sorted(counted.items()) if found == split}
        for split in SPLITS
    }


def _tree(names: Iterable[str]) -> Tree:
    root = Tree("", ())
    for name in names:
        at = root
        for part in name.split("/")[:-1]:
            if part not in at.inner:
                at.inner[part] = Tree(part, (*at.path, part))
            at = at.inner[part]
        at.loose += 1
    return root


def _unwrapped(tree: Tree, stop: Callable[[Tree], bool] = lambda tree: _is_role(tree.name)) -> Tree:
    """The folder inside of which splits or classes lie, after those that are only around it."""
    while len(tree.inner) == 1:
        (only,) = tree.inner.values()
        # One inner folder beside loose images is a part of the class that holds both.
        is_class = not only.inner or (len(only.inner) == 1 and only.loose)
        if is_class or stop(only):
            break
        tree = only
    return tree


def _is_role(name: str) -> bool:
    found = role(name)
    return bool(found) and not found.stem


def _plans(root: Tree) -> tuple[Plans, str]:
    """The ways to read what lies in a folder, the likeliest first, and what to ask where there are several."""
    if paired := _paired(root):
        return paired | {OUTER: _outer([("train", root)])}, "Do the names say the class and the split?"
    if short := short_roles(name for name, tree in root.inner.items() if tree.inner):
        return _abbreviated(root, short)
    found = roles(root.inner) | twins(name for name, tree in root.inner.items() if tree.inner)
    above = [tree for name, tree in root.inner.items() if name in found and found[name] != "none" and tree.inner]
    others = [tree for name, tree in root.inner.items() if name not in found]
    if above:
        return _splits_above(root, found, above, others)
    if len(found) == len(root.inner) > 0 and not any(tree.inner for tree in root.inner.values()):
        return {OUTER: Plan("", {})}, ""  # a train and a test folder with images, and no class
    if roles_below := _roles_in_each(root):
        return _splits_below(root, roles_below)
    plans, what = _class_level([("train", root)])
    return (_with_note(plans, _called_like_splits(found)) if len(set(found.values())) > 1 else plans), what


def _with_note(plans: Plans, note: str) -> Plans:
    return {name: replace(plan, notes=(*plan.notes, note)) for name, plan in plans.items()}


def _called_like_splits(names: Iterable[str]) -> str:
    return f"{_listed(sorted(names))} were taken as classes, as no class folders lie in them."


# ---- splits above the classes


def _splits_above(root: Tree, found: dict[str, str], above: list[Tree], others: list[Tree]) -> tuple[Plans, str]:
    """Reads train/cat, test/cat; asks where one of several classes may only be called "train"."""
    splits = _listed(sorted(tree.name for tree in above))
    plans, what = _class_level(_contents([(found[tree.name], tree) for tree in above]), f"in {splits}")
    left = sorted({tree.name for tree in others} | {name for name, split in found.items() if split == "none"})
    if left:
        plans = _with_note(plans, f"{_listed(left)} beside {splits} {_verb(left, 'was', 'were')} left out.")
    several = len({found[tree.name] for tree in above}) > 1
    if not others or (several and (_shared(above) or not _look_like_classes(others))):
        return plans, what
    inner, outer = next(iter(plans.values())), _outer([("train", root)])
    if what:
        return plans | {TOP: outer}, what
    asked = {INNER: inner}
    if _shared([*above, *(tree for tree in others if tree.inner)]):
        more = [(found.get(tree.name, "train"), tree) for tree in (*above, *others) if tree.inner]
        words = f"{inner.words[:-1]}, and {_listed(sorted(tree.name for tree in others))} is for training too."
        asked[MERGED] = Plan(words, next(iter(_class_level(_contents(more))[0].values())).classes)
    return asked | {OUTER: outer}, f"Is {splits} a split, or a class like the folders beside it?"


def _abbreviated(root: Tree, short: dict[str, str]) -> tuple[Plans, str]:
    """Reads tr/cat, te/cat, which may as well be classes that are called so."""
    above = [tree for name, tree in root.inner.items() if name in short]
    read = next(iter(_class_level(_contents([(short[tree.name], tree) for tree in above]))[0].values()))
    said = ", ".join(f"{quoted(tree.name)} is the {short[tree.name]} split" for tree in above)
    plans, _ = _class_level([("train", root)])
    return {SPLIT: replace(read, words=f"{said}. {read.words}")} | plans, f"Are {_listed(sorted(short))} splits?"


def _look_like_classes(others: list[Tree]) -> bool:
    return sum(bool(tree.loose) for tree in others) > 1


def _contents(splits: list[tuple[str, Tree]]) -> list[tuple[str, Tree]]:
    """What lies in each split folder, without those that are only around it: seg_train/seg_train/buildings."""
    inside = []
    known: set[str] = set()
    for split, tree in sorted(splits, key=lambda item: SPLITS.index(item[0])):
        content = _unwrapped(tree, lambda only, known=known: key(only.name) in known)
        while len(content.inner) == 1 and not content.loose:
            (only,) = content.inner.values()
            if key(only.name) != key(content.name) or key(only.name) in known:
                break
            content = only
        known = known | {key(name) for name in content.inner}
        inside.append((split, content))
    return inside


# ---- splits inside the classes


def _roles_in_each(root: Tree) -> dict[str, dict[str, str]]:
    """Folder -> its inner split folders, where the folders inside the outer ones are splits: cat/train, cat/test."""
    below = {}
    every = True
    for name, tree in root.inner.items():
        inner = _unwrapped(tree).inner
        found = {one: split for one, split in roles(inner).items() if split != "none"}
        if inner and (len(found) == len(inner) or len(set(found.values())) > 1):
            below[name] = found
        elif inner:  # no split in it, or a class that is called "train"
            every = False
    is_sure = every or any(len(set(found.values())) > 1 for found in below.values())
    return below if is_sure else {}


def _splits_below(root: Tree, below: dict[str, dict[str, str]]) -> tuple[Plans, str]:
    """Reads cat/train, cat/test; asks where classes lie in the inner splits too: fold1/train/cat."""
    classes: dict[Path, Place] = {tree.path: ("train", name) for name, tree in root.inner.items()}
    deeper = []
    for name, found in below.items():
        content = _unwrapped(root.inner[name])
        for inner, split in found.items():
            classes[content.inner[inner].path] = (split, name)
            deeper.append((split, content.inner[inner]))
    outer = Plan("The outer folders are the classes; those inside say the split.", classes)
    if not any(tree.inner for _, tree in deeper):
        return {OUTER: outer}, ""
    plans, _ = _class_level(_contents([(split, tree) for split, tree in deeper if tree.inner]))
    inner = next(iter(plans.values()))
    alone = len(below) == 1 and len(root.inner) > 1 and len({split for split, _ in deeper}) > 1
    words = "The innermost folders are the classes; what the outer folders hold is put together."
    plans = {INNER: Plan(words, inner.classes), OUTER: outer}
    if not alone:
        return plans, "Which folders are the classes?"
    left = sorted(set(root.inner) - set(below))
    note = f"{_listed(left)} beside {_listed(list(below))} {_verb(left, 'was', 'were')} left out."
    return _with_note(plans, note), ""


def _paired(root: Tree) -> Plans:
    """Reads cats_train, dogs_train, cats_test, dogs_test, where several names say both."""
    has_inner = any(tree.inner for name, tree in root.inner.items() if role(name))
    for judge in (role,) if has_inner else (numbered, role):
        judged = {name: found for name in root.inner if (found := judge(name)) and found.stem}
        if has_inner and len(judged) < len(root.inner):
            continue
        splits: dict[str, set[str]] = {}
        for found in judged.values():
            splits.setdefault(found.stem, set()).add(found.split)
        are_pairs = [len(found) > 1 for found in splits.values()]
        if (all(are_pairs) and len(are_pairs) > 1) or (any(are_pairs) and not has_inner):
            plans = _by_stem(root, judged)
            if any(map(_is_usable, plans.values())):
                return plans
    return {}


def _by_stem(root: Tree, judged: dict[str, Role]) -> Plans:
    """The classes that names say together with a split; other folders are left out, or are classes too."""
    classes = {
        root.inner[name].path: (found.split, found.stem) for name, found in judged.items() if found.split != "none"
    }
    words = f"The names say class and split: {_listed(sorted({stem for _, stem in classes.values()}))} are the classes."
    others = sorted(name for name in root.inner if name not in judged)
    if not others:
        return {PAIRED: Plan(words, classes)}
    note = f"{_listed(others)} beside them {_verb(others, 'was', 'were')} left out."
    more = {root.inner[name].path: ("train", name) for name in others}
    also = f"{words[:-1]}, and {_listed(others)} too, for training."
    return {PAIRED: Plan(f"{words} {note}", classes, (note,)), MERGED: Plan(also, classes | more)}


# ---- classes


def _class_level(sources: list[tuple[str, Tree]], where: str = "") -> tuple[Plans, str]:
    """The ways to read folders that hold no splits any more: the outer ones or those inside them are the classes.

    Args:
        sources: split, and the folder that its classes lie in.
        where: words for these folders, where they are splits.
    """
    outer = _outer(sources, where)
    tops: dict[str, list[Tree]] = {}
    for tree in (tree for _, source in sources for tree in source.inner.values()):
        tops.setdefault(key(tree.name), []).append(tree)
    inner_names = {name: {key(one) for tree in trees for one in _unwrapped(tree).inner} for name, trees in tops.items()}
    with_inner = {name: found for name, found in inner_names.items() if found}
    shared = [one for one, count in Counter(one for found in with_inner.values() for one in found).items() if count > 1]
    every = set().union(*with_inner.values())
    has_loose = any(tree.loose for trees in tops.values() for tree in trees)
    if len(every) < 2 or len(tops) < 2 or all(len(found) == 1 for found in with_inner.values()):
        return {OUTER: outer}, ""
    inner = _inner(sources, where)
    if has_loose and (not shared or all(any(t.loose for t in tops[name]) for name in with_inner)):
        return {OUTER: outer}, ""  # what lies inside a class belongs to it
    if not has_loose and all(found == every for found in inner_names.values()) and not _are_parts(every, tops.keys()):
        names = sorted({tree.name for trees in tops.values() for tree in trees})
        note = f"{_listed(names)} hold the same folders: these are the classes, and the images of all are put together."
        offer = Offer(f"Take {_listed(names)} as classes", note, Answer(read=OUTER))
        return {INNER: Plan(inner.words, inner.classes, (note,), (offer,)), OUTER: outer}, ""
    plans = {OUTER: outer, INNER: inner}
    if tops.keys() & PICTURES and tops.keys() & (GENERIC - PICTURES):
        plans = {IMAGES: _pictures_only(sources, tops)} | plans
    return plans, "Which folders are the classes, the outer ones or those inside them?"


def _are_parts(inner: Set[str], outer: Set[str]) -> bool:
    """Whether some folders are by their names the parts of one thing, or splits in short, which one never mixes."""
    return inner <= GENERIC or inner <= SHORT.keys() or bool(outer & GENERIC)


def _pictures_only(sources: list[tuple[str, Tree]], tops: Mapping[str, list[Tree]]) -> Plan:
    """Reads images/cat and leaves masks/cat out."""
    found = [(split, top) for split, source in sources for top in source.inner.values()]
    plan = _plan(
        [(split, tree) for split, top in found if key(top.name) in PICTURES for tree in _leaves(top)],
        f"The folders in {_listed(sorted({top.name for _, top in found if key(top.name) in PICTURES}))}",
    )
    left = sorted({tree.name for name, trees in tops.items() if name not in PICTURES for tree in trees})
    return replace(plan, notes=(f"{_listed(left)} {_verb(left, 'was', 'were')} left out.",))


def _outer(sources: Iterable[tuple[str, Tree]], where: str = "") -> Plan:
    found = [(split, tree) for split, source in sources for tree in source.inner.values()]
    return _plan(found, f"The folders {where}" if where else "The outer folders")


def _inner(sources: Iterable[tuple[str, Tree]], where: str = "") -> Plan:
    found = [(split, tree) for split, source in sources for top in source.inner.values() for tree in _leaves(top)]
    return _plan(found, f"The innermost folders {where}" if where else "The inner folders")


def _plan(found: list[tuple[str, Tree]], which: str) -> Plan:
    names = sorted({tree.name for _, tree in found})
    words = f"{which} are the classes: {_listed(names, quotes=False)}."
    return Plan(words, {tree.path: (split, tree.name) for split, tree in found})


def _leaves(top: Tree) -> Iterator[Tree]:
    """The folders inside, or the folder itself where there are none."""
    inner = _unwrapped(top).inner
    yield from inner.values() if inner else (top,)


def _shared(trees: Iterable[Tree]) -> bool:
    """Whether two of the folders hold a folder of the same name."""
    counted = Counter(name for tree in trees for name in {key(one) for one in _unwrapped(tree).inner})
    return any(count > 1 for count in counted.values())


def _listed(names: Sequence[str], *, quotes: bool = True) -> str:
    """`"a", "b" and "c"`; of many the first."""
    shown = [quoted(name) if quotes else quoted(name)[1:-1] for name in names[:SHOWN]]
    if len(names) > SHOWN:
        return f"{', '.join(shown)} and {len(names) - SHOWN} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _verb(names: Sequence[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many
