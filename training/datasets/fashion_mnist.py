"""Fashion-MNIST: pictures of clothes, in the format of MNIST."""

from __future__ import annotations

from typing import Final

from .image_set import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, ImageSet, image_files

_MIRRORS: Final = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
_FILES: Final = {
    TRAIN_IMAGES: (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    TRAIN_LABELS: (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    TEST_IMAGES: (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    TEST_LABELS: (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
}

FASHION_MNIST: Final = ImageSet(
    "fashion-mnist",
    ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    image_files("fashion-mnist", "fashion_mnist", _MIRRORS, _FILES),
    "Xiao, Rasul, Vollgraf, arXiv:1708.07747, 2017",
)
