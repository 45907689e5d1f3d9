"""Which split a folder stands for by its name, as people spell it: train, Training_set, seg_test, 검증."""

import re
import unicodedata
from collections.abc import Iterable, Set
from functools import lru_cache
from typing import NamedTuple

WORDS = {
    "train": """train training trainings trn trainval learn learning
        trainieren entrainement apprentissage entrenamiento entreno addestramento treino treinamento
        학습 훈련 트레이닝 트레인 学習 訓練 训练 トレーニング""",
    "validation": """validation val valid validate validating vali dev devel development
        validierung validierungs validacion validacao validazione convalida 검증 밸리데이션 検証 验证 驗證""",
    "test": """test testing tests tst holdout eval evaluation
        teste prueba pruebas 테스트 시험 평가 テスト 評価 测试 測試""",
    "none": "pred predict prediction predictions unlabeled unlabelled inference 예측",
}
"""Words for each split, in several languages; "none" is of images without a label, as competitions add them."""

ROLE = {word: role for role, words in WORDS.items() for word in words.split()}

_FILLERS = """set sets data dataset datasets image images img imgs picture pictures pic pics photo photos split splits
    folder folders dir directory part parts subset sample samples seg file files jpg jpeg jpgs png pngs final all full
    new resized cropped processed original originals small large batch px x s the my for of class classes
    labeled labelled v version copy sorted aug augmented balanced clean
    daten datensatz bilder ordner satz menge kopie fotos donnees datos imagenes dados
    데이터 데이터셋 데이터세트 세트 셋 용 이미지 사진 폴더 자료 사본 복사본 データ データセット 画像 用 セット
    集 数据 数据集 數據 图片 图像 圖片 資料"""
FILLERS = frozenset(_FILLERS.split())
"""Words that may stand beside a role and say nothing about the class."""

_BORDERS = re.compile(r"[\W\d_]+")

SHORT = {"tr": "train", "va": "validation", "vl": "validation", "te": "test", "ts": "test"}
"""Abbreviations that may as well be names of classes; beside another split one asks."""


class Role(NamedTuple):
    """What a folder's name says about the split.

    Args:
        split: "train", "validation", "test", or "none" for images without a label.
        stem: its other words, such as "asl alphabet" of "asl_alphabet_train"; empty where there are none.
    """

    split: str
    stem: str


@lru_cache(maxsize=4096)
def role(name: str) -> Role | None:
    """The split that a folder's name stands for, judged by its words, or None: `seg_train` -> ("train", "").

    Args:
        name: of one folder, in any case, with any separators and numbers.
    """
    found: set[str] = set()
    stem = []
    for word in _words(name[:200]):
        core = _core(word)
        if core in ROLE:
            found.add(ROLE[core])
        elif core:
            stem.append(core)
    if found == {"train", "validation"}:  # "train_val": what is learned from, before it is divided
        found = {"train"}
    return Role(found.pop(), " ".join(stem)) if len(found) == 1 else None


def roles(names: Iterable[str]) -> dict[str, str]:
    """The splits that folders which lie side by side stand for; names without one are left out.

    Other words in a name are fine where a folder of another split says the same ones, or stands for it plainly:
    `asl_alphabet_train` beside `asl_alphabet_test` is a split, `bullet_train` beside `bus` is none. "eval" means
    validation where a test folder lies beside it and no validation folder does.

    Args:
        names: of all the folders.
    """
    judged = {name: found for name in names if (found := role(name))}
    known = set(judged.values())
    kept = {name: found.split for name, found in judged.items() if not found.stem or _has_partner(found, known)}
    tests = [name for name, split in kept.items() if split == "test"]
    evals = [name for name in tests if "eval" in name.casefold()]
    if "validation" not in kept.values() and len(evals) < len(tests):
        kept |= dict.fromkeys(evals, "validation")
    return kept


def twins(names: Iterable[str]) -> dict[str, str]:
    """Splits told by one of two names only: `rps` beside `rps-test-set` is what is learned from.

    Args:
        names: of the folders, side by side, that hold others.
    """
    given = list(names)
    plain = {" ".join(filter(None, map(_core, _words(name)))): name for name in given if role(name) is None}
    kept = {}
    for name in given:
        found = role(name)
        if found and found.stem in plain and found.split in ("validation", "test"):
            kept |= {name: found.split, plain[found.stem]: "train"}
    return kept


def _has_partner(found: Role, known: Set[Role]) -> bool:
    return any((split, stem) in known for split in WORDS if split != found.split for stem in ("", found.stem))


def short_roles(names: Iterable[str]) -> dict[str, str]:
    """The splits that abbreviations stand for, where all folders are abbreviated or plain ones of several splits."""
    found = {}
    for name in names:
        plain = role(name)
        found[name] = SHORT.get(name.casefold()) or (plain.split if plain and not plain.stem else "")
    is_sure = all(found.values()) and "train" in found.values() and len(set(found.values())) > 1
    return found if is_sure and any(name.casefold() in SHORT for name in found) else {}


def numbered(name: str) -> Role | None:
    """As `role`, with the numbers in its stem: `0_train` -> ("train", "0")."""
    found = role(name)
    if not found:
        return None
    words = [word for bare in re.split(r"(\d+)", name[:200]) for word in ([bare] if bare.isdecimal() else _words(bare))]
    stem = [core for core in map(_core, words) if core and core not in ROLE]
    return Role(found.split, " ".join(stem))


def _words(name: str) -> list[str]:
    """Its words without accents and case: "TrainingSet-2" -> training, set."""
    # Accents go, Hangul and kana are put together again.
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", name) if not 0x300 <= ord(mark) < 0x370)
    bare = re.sub(r"([a-z])([A-Z])", r"\1 \2", unicodedata.normalize("NFC", bare))
    bare = re.sub(r"hold[\W_]?outs?", "holdout", bare.casefold())
    return [word for word in _BORDERS.split(bare) if word]


def _core(word: str) -> str:
    """A word without fillers at its ends: "trainset" -> train, "학습데이터" -> 학습; "" where nothing else is left."""
    while word not in ROLE:
        if word in FILLERS:
            return ""
        shorter = next((bare for filler in FILLERS for bare in _without(word, filler) if _leads_to_role(bare)), word)
        if shorter == word:
            break
        word = shorter
    return word


def _without(word: str, filler: str) -> list[str]:
    found = []
    if len(filler) > 1 or not filler.isascii():
        if word.endswith(filler):
            found.append(word[: -len(filler)])
        if word.startswith(filler):
            found.append(word[len(filler) :])
    return [bare for bare in found if bare]


def _leads_to_role(word: str) -> bool:
    return any(word.startswith(one) or word.endswith(one) for one in ROLE)
