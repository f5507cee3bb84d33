from __future__ import annotations

import re

import pytest
from inloop.errors import ConfigError
from inloop.training.datasets.image_set import TRAIN_IMAGES
from inloop.training.registries import DATASETS

KNOWN = {name: DATASETS.get(name) for name in DATASETS.built_in}


def test_the_known_data_sets_and_their_classes():
    assert {name: info.classes for name, info in KNOWN.items()} == {
        "yin-yang": 3,
        "mnist": 10,
        "fashion-mnist": 10,
        "shd": 20,
        "fsdd": 10,
    }
    assert all(info.name == name for name, info in KNOWN.items())
    assert KNOWN["shd"].class_names[13] == "German 3"
    assert KNOWN["fashion-mnist"].class_names[9] == "Ankle boot"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"'cifar'.*yin-yang, mnist, fashion-mnist"):
        DATASETS.get("cifar")


def test_every_file_has_a_checksum_a_size_and_a_mirror():
    files = [file for info in KNOWN.values() for file in info.files if file.algorithm == "sha256"]
    assert len(files) == 9
    assert len({file.digest for file in files}) == 9
    for file in files:
        assert re.fullmatch("[0-9a-f]{64}", file.digest)
        assert file.size is not None
        assert file.size > 4000
        assert file.urls or file.dataset == "fsdd"


def test_heidelberg_digits_are_known_by_md5_alone():
    files = KNOWN["shd"].files
    assert [(file.algorithm, file.size, file.unpacked) for file in files] == [
        ("md5", None, "shd_train.h5"),
        ("md5", None, "shd_test.h5"),
    ]
    assert all(re.fullmatch("[0-9a-f]{32}", file.digest) for file in files)


def test_every_mirror_is_a_folder():
    for file in (file for info in KNOWN.values() for file in info.files):
        assert all(re.fullmatch("https?://.*[^/]/" + re.escape(file.name), url) for url in file.urls)


def test_mirrors_are_tried_in_the_stated_order():
    urls = KNOWN["mnist"].file(TRAIN_IMAGES).urls
    assert urls == (
        "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
        "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
    )


@pytest.mark.parametrize(("name", "known"), [("mnist", TRAIN_IMAGES), ("yin-yang", "it is generated")])
def test_an_unknown_file_lists_the_known_ones(name, known):
    with pytest.raises(ConfigError, match=known):
        KNOWN[name].file("emnist.gz")
