"""Uploads as people bring them, from a folder of cases: the classes that each means, and the words that it deserves."""

import os
from pathlib import Path

import pytest

from core.errors import UserError
from core.intake.own_images import ingest_archive

DATA = os.environ.get("KERNELSCOPE_TEST_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="KERNELSCOPE_TEST_DATA is not set")

FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    ("case", "classes", "counts", "said"),
    [
        ("training_testing", "glioma notumor", (6, 0, 4), ""),
        ("training_set_test_set", "cats dogs", (6, 0, 4), '"single_prediction" beside'),
        ("cp949", "강아지 고양이", (4, 0, 0), "read as cp949 (Korean Windows)"),
        ("cp949_valid_utf8", "창 책 칼", (6, 0, 0), "read as cp949 (Korean Windows); as UTF-8"),
        ("unicode_path_0x7075", "강아지 고양이", (4, 0, 0), ""),
        ("backslash", "cat dog", (4, 0, 0), ""),
        ("shift_jis_0x5c", "予 表", (4, 0, 0), "read as cp932 (Japanese Windows)"),
        ("paint_bmp", "0 1", (6, 0, 0), ""),
        ("tiny", "cat dog", (4, 0, 0), ""),
        ("letters_a_A", "A B a b", (8, 0, 0), ""),
        ("greek", "α ς σ", (6, 0, 0), ""),
        ("flags", f"🇫🇷 {FLAG} {SCOTLAND}", (6, 0, 0), ""),
        ("no_suffix", "cat dog", (4, 0, 0), ""),
        ("nfd_63_letters", "가 나", (5, 0, 0), ""),
        ("one_long_file_name", "cat dog", (5, 0, 0), ""),
        ("leak", "cat dog", (12, 6, 0), "All 6 validation pictures are also trained on."),
    ],
)
def test_a_case_is_understood(case, classes, counts, said, tmp_path):
    result = ingest_archive(Path(DATA) / "cases" / f"{case}.zip", tmp_path, case)
    assert result.class_names == tuple(classes.split())
    assert tuple(sum(found.values()) for found in result.counts.values()) == counts
    assert said in " ".join(result.notes)
    assert all(item.name.startswith("dataset/single_prediction/") for item in result.skipped)


def test_heic_files_alone_are_refused_with_what_to_do(tmp_path):
    with pytest.raises(UserError, match="6 .heic files can't be read: save them as JPEG"):
        ingest_archive(Path(DATA) / "cases" / "all_heic.zip", tmp_path, "x")
