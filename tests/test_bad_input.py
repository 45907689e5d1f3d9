"""Every case of bad input has a test: the table says which, and those that no other file holds are here."""

import io
import re
import threading
from pathlib import Path

import numpy as np
from pets import PETS, picture, refusal
from PIL import Image

from core.datasets.own_images import OwnImages
from core.intake import process
from core.intake.images import decode_image
from core.intake.manifest import image_path, read_manifest
from core.intake.own_images import ingest_files
from core.workspace import current

CASES = {
    "I01 nothing, one byte, text": "test_what_is_no_picture_is_refused_with_the_formats_we_read",
    "I02 cut off": "test_a_picture_cut_anywhere_is_named_as_cut",
    "I03 a header of many megapixels": "test_too_many_pixels_are_refused_from_the_header",
    "I04 a small file of many": "test_a_small_file_that_decodes_to_169_megapixels_is_refused_before_decoding",
    "I05 hidden text": "test_a_png_that_hides_megabytes_of_text_is_refused",
    "I06 thousands of frames": "test_a_gif_of_2000_frames_costs_no_more_than_one",
    "I07 other formats under our suffixes": "test_formats_outside_the_list_are_refused_whatever_their_suffix",
    "I08 another suffix": "test_the_format_is_found_from_the_content_not_from_the_name",
    "I09 modes": "test_every_png_mode_gives_rgb_bytes_of_the_same_size",
    "I09 sixteen bits": "test_16_bit_grey_is_scaled_not_clipped",
    "I10 orientation": "test_all_eight_exif_orientations_decode_to_the_same_upright_picture",
    "I11 position, camera, profile": "test_neither_position_nor_camera_is_anywhere_in_what_is_stored",
    "I12 no pixels": "test_a_picture_without_pixels_is_refused",
    "I12 long sides": "test_animations_and_extreme_shapes_are_told",
    "I13 a collection of odd files": "test_every_odd_real_file_decodes_or_is_refused_quickly",
    "I14 random damage": "test_damaged_pictures_decode_or_are_refused_and_nothing_else",
    "I15 names of files": "test_odd_file_names_stay_text_and_never_become_paths",
    "I16 too many bytes": "test_a_size_that_is_announced_is_enough_to_be_refused_and_too_little_to_be_believed",
    "I16 without its token": "test_an_upload_without_its_token_is_refused",
    "I17 repeats and two labels": "test_repeats_and_conflicting_labels_are_told",
    "I18 nothing to see": "test_images_without_anything_in_them_are_taken_and_no_number_that_is_none_gets_in",
    "Z01 names that lead out": "test_names_that_point_outside_are_refused",
    "Z02 links": "test_links_are_refused",
    "Z03 a bomb": "test_a_bomb_is_refused_before_it_is_unpacked",
    "Z04 entries on top of each other": "test_entries_that_share_their_bytes_are_refused",
    "Z05 a header that lies": "test_a_header_that_lies_about_the_size_gives_nothing",
    "Z06 archives inside": "test_archives_inside_and_other_files_are_skipped_and_said",
    "Z06 junk alone": "test_an_upload_of_junk_alone_is_told_so",
    "Z07 a password": "test_a_password_is_named",
    "Z07 other methods": "test_methods_other_than_stored_and_deflated_are_refused",
    "Z07 cut off": "test_a_zip_cut_anywhere_is_refused",
    "Z07 no ZIP": "test_what_is_no_zip_is_refused",
    "Z08 many entries": "test_a_table_of_contents_over_the_limit_is_refused_whatever_number_the_record_tells",
    "Z09 a name twice": "test_the_same_name_twice_is_refused",
    "Z09 a file and a folder": "test_a_file_beside_a_folder_of_the_same_name_is_no_trouble",
    "Z09 spellings": "test_composed_and_decomposed_accents_are_one_class",
    "Z10 deep folders, long names": "test_only_very_deep_folders_are_refused_and_no_long_name_of_a_file",
    "Z11 no class folders": "test_flat_pictures_are_refused_with_the_layout_that_is_needed",
    "Z11 one class": "test_one_class_is_refused_by_name",
    "Z11 a hundred classes of one": "test_a_hundred_classes_of_one_picture_are_taken",
    "Z11 an empty class": "test_an_empty_class_folder_is_named",
    "Z12 splits": "test_splits_keep_their_own_pictures_and_share_their_classes",
    "Z12 names of classes": "test_class_names_may_be_any_text_but_nothing_that_hides",
    "Z13 killed": "test_a_process_killed_at_any_moment_leaves_a_whole_dataset_or_none",
    "Z14 a full disk": "test_a_full_disk_is_said_with_numbers_and_leaves_nothing",
    "Z15 two at once, one gives up": "test_of_two_who_bring_the_same_at_once_one_may_give_up",
    "Z16 any entries": "test_any_archive_becomes_a_dataset_a_question_or_a_sentence",
}
"""Case -> the test that stands for it."""
NUMBERS = [f"I{number:02d}" for number in range(1, 19)] + [f"Z{number:02d}" for number in range(1, 17)]


def test_every_case_has_a_test_that_is_there():
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    found = {name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    assert [name for name in CASES.values() if name not in found] == []
    assert sorted({case.partition(" ")[0] for case in CASES}) == NUMBERS


SECRETS = (b"Leica", b"GPS-52N", b"profile-of-a-phone", b"taken by", b"comment of its owner")


def told_much(kind):
    """A picture that says where, by whom and with what it was taken, in every place where a file can say it."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "Leica", "taken by"
    exif.get_ifd(0x8825)[29] = "GPS-52N"
    more = {"comment": b"comment of its owner"} if kind == "JPEG" else {}
    more |= {"xmp": b"<x:xmpmeta>GPS-52N</x:xmpmeta>"} if kind != "PNG" else {}
    pixels = np.random.default_rng(5).integers(0, 256, (40, 60, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, exif=exif, icc_profile=b"profile-of-a-phone", **more)
    return file.getvalue()


def stored(files, tmp_path):
    """The manifest of a dataset of {name: bytes}, and the bytes of each of its files by the name that it came with."""
    given = []
    for place, (name, data) in enumerate(files.items()):
        (tmp_path / str(place)).write_bytes(data)
        given.append((name, tmp_path / str(place)))
    root = current().folder("images")
    told = ingest_files(given, root, "Pictures")
    manifest = read_manifest(root, told.id)
    return manifest, {image.name: image_path(root, told.id, image).read_bytes() for image in manifest.images}


def test_neither_position_nor_camera_is_anywhere_in_what_is_stored(tmp_path):
    files = {f"cat/{kind}.{kind.lower()}": told_much(kind) for kind in ("JPEG", "PNG", "WEBP")}
    assert sum(secret in data for secret in SECRETS for data in files.values()) >= 8, "they do say it"
    _, kept = stored(files | {"dog/1.png": picture(1)}, tmp_path)

    for name in files:
        with Image.open(io.BytesIO(kept[name])) as image:
            assert not image.getexif() and not {"exif", "xmp", "icc_profile", "comment"} & set(image.info), name
    everything = [path for path in current().home.rglob("*") if path.is_file()]
    assert len(everything) >= 5
    assert [path for path in everything for secret in SECRETS if secret in path.read_bytes()] == []


def test_images_without_anything_in_them_are_taken_and_no_number_that_is_none_gets_in(tmp_path):
    nothing = io.BytesIO()
    Image.fromarray(np.full((8, 8), np.nan, np.float32)).save(nothing, "TIFF")
    assert refusal(lambda: decode_image(nothing.getvalue(), "nan.tif")).code == "IMG_NOT_AN_IMAGE"

    files = {}
    for value in (0, 7, 255):
        held = io.BytesIO()
        Image.fromarray(np.full((20, 20, 3), value, np.uint8)).save(held, "PNG")
        files[f"flat/{value}.png"] = held.getvalue()
    manifest, _ = stored(files | {"dog/1.png": picture(1)}, tmp_path)
    images, _, _ = OwnImages(images_id=manifest.id, image_size=16).generate(lambda done, total: None)
    values = {image.name: np.unique(images[place]).tolist() for place, image in enumerate(manifest.images)}
    assert [values[f"flat/{value}.png"] for value in (0, 7, 255)] == [[0], [7], [255]]


def test_of_two_who_bring_the_same_at_once_one_may_give_up(tmp_path):
    """Each has a process of its own and a folder of its own until one rename."""
    (tmp_path / "place").mkdir()
    names = {}
    for place, (name, data) in enumerate(PETS.items()):
        (tmp_path / "place" / str(place)).write_bytes(data)
        names[str(place)] = name
    root = current().folder("images")
    job = {"folder": str(tmp_path / "place"), "names": names, "title": "Pets", "root": str(root)}
    both_read, ended = threading.Barrier(2), {}

    def bring(who):
        waited = []

        def progress(done, total):
            if not waited:
                waited.append(both_read.wait(60))
            if who == "gives up":
                raise KeyboardInterrupt

        try:
            ended[who] = process.ingest_in_process(job, progress)
        except KeyboardInterrupt as error:
            ended[who] = error

    threads = [threading.Thread(target=bring, args=(who,)) for who in ("stays", "gives up")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert isinstance(ended["gives up"], KeyboardInterrupt)
    assert len(read_manifest(root, ended["stays"].id).images) == len(PETS)
