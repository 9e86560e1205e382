"""Dirty data: pictures that break, cheat or weigh too much, and addresses nobody should follow."""

from __future__ import annotations

from integrations.sandbox.world.badpictures import BAD
from integrations.sandbox.world.recipe import Scene, recipe

BAD_ADDRESSES = (
    "file:///etc/passwd",
    "ftp://pictures.example/a.png",
    "gopher://pictures.example/a",
    "data:image/png;base64,iVBORw0KGgo=",
    "http://user:secret@pictures.example/a.png",
    "http://pictures.example:22/a.png",
    "http://[::1]/a.png",
    "http://2130706433/a.png",
    "http://169.254.169.254/latest/meta-data/",
    "https://localhost/a.png",
    "/images/nothing-there.png",
    "not an address",
)


def _bad_picture(key: str, wrong: str) -> None:
    @recipe(f"D27_image_{key.replace('-', '_')}", f"The first product's picture is {wrong}.", "D27")
    def spoil(scene: Scene) -> None:
        for product in scene.products[:1]:
            product["images"] = [f"/images/bad-{key}.png"]


for _key, _bad in BAD.items():
    _bad_picture(_key, _bad.wrong)


@recipe("D27_all_bad_images", "One product carries every bad picture there is.", "D27")
def every_bad(scene: Scene) -> None:
    for product in scene.products[:1]:
        product["images"] = [f"/images/bad-{key}.png" for key in BAD]


@recipe("D28_image_addresses", "Picture addresses lead to files, inward, or nowhere.", "D28")
def addresses(scene: Scene) -> None:
    for product in scene.products[:1]:
        product["images"] = list(BAD_ADDRESSES)
