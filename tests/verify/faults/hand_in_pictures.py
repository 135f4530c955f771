"""Pictures as hand-ins have them, drawn from a seed: honest ones, and placeholders of all sorts."""

import io
from collections.abc import Callable, Iterator

import matplotlib.pyplot as plt
import numpy as np
from matplotlib_venn import venn2
from PIL import Image, ImageDraw, ImageFilter

Rng = np.random.Generator
Picture = Image.Image
RESIZED = Image.Resampling


def rgb(values: np.ndarray) -> Picture:
    """A picture of values from 0 to 1, one plane or three."""
    planes = np.repeat(values[..., None], 3, 2) if values.ndim == 2 else values
    return Image.fromarray((planes.clip(0, 1) * 255).astype(np.uint8))


def field(rng: Rng, side: int, power: float) -> np.ndarray:
    """A random field whose amplitudes fall with a power of the frequency, from 0 to 1."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    frequency[0, 0] = 1
    waves = np.fft.fft2(rng.normal(size=(side, side))) / frequency**power
    values = np.fft.ifft2(waves).real
    return (values - values.min()) / np.ptp(values)


def photo(rng: Rng, side: int = 224) -> Picture:
    """Something like a photograph: light of large scale, things with edges, some grain."""
    light = field(rng, side, 1.2)
    image = rgb(light[..., None] * rng.uniform(0.5, 1, 3) + rng.uniform(-0.1, 0.2, 3))
    pen = ImageDraw.Draw(image)
    for _ in range(rng.integers(4, 14)):
        x, y, size = rng.integers(0, side), rng.integers(0, side), rng.integers(8, side // 3)
        colour = tuple(map(int, rng.integers(0, 256, 3)))
        pen.ellipse((x, y, x + size, y + size * rng.uniform(0.4, 1)), fill=colour)
    grain = rng.normal(0, 5, (side, side, 3))
    smooth = np.asarray(image.filter(ImageFilter.GaussianBlur(1)))
    return rgb((smooth + grain) / 255)


def texture(rng: Rng, kind: str, side: int = 224) -> Picture:
    """Sand, grass, asphalt, foliage, or static on a screen that a camera sees."""
    light = 0.75 + 0.25 * field(rng, side, 1.5)
    grains = rgb(field(rng, side, 0.3 if kind in ("sand", "asphalt") else 0.6))
    if kind == "static":
        grains = rgb(rng.random((side, side))).filter(ImageFilter.GaussianBlur(0.8))
        vignette = np.hypot(*np.meshgrid(*[np.linspace(-1, 1, side)] * 2))
        light = light * (1.15 - 0.5 * vignette)
    values = np.asarray(grains)[..., 0] / 255
    colours = {"sand": (0.9, 0.8, 0.6), "grass": (0.35, 0.8, 0.25), "asphalt": (0.5, 0.5, 0.52)}
    colour = np.array(colours.get(kind, (0.4, 0.7, 0.3) if kind == "foliage" else (0.9, 0.9, 1)))
    values = np.where(values > 0.6, values, values * 0.7) if kind == "foliage" else values
    return rgb((values * light)[..., None] * colour + rng.normal(0, 0.02, (side, side, 3)))


def cam(rng: Rng, side: int = 224) -> np.ndarray:
    """A class activation map: 7 x 7 cells with a peak, enlarged smoothly."""
    y, x = np.mgrid[:7, :7]
    peak = np.exp(-((x - rng.uniform(1, 5)) ** 2 + (y - rng.uniform(1, 5)) ** 2) / 4)
    small = rgb(peak + 0.2 * rng.random((7, 7)))
    values = np.asarray(small.resize((side, side), RESIZED.BICUBIC))[..., 0].astype(float)
    return (values - values.min()) / np.ptp(values)


def overlay(image: Picture, weights: np.ndarray, share: float = 0.5) -> Picture:
    heat = plt.get_cmap("jet")(weights)[..., :3]
    return rgb((1 - share) * np.asarray(image) / 255 + share * heat)


def annotated(rng: Rng, image: Picture, title: str) -> Picture:
    made = image.copy()
    pen, (x, y) = ImageDraw.Draw(made), rng.integers(10, 90, 2)
    pen.rectangle((x, y, x + 80, y + 70), outline=(255, 0, 0), width=3)
    pen.rectangle((0, 0, made.width, 14), fill="white")
    pen.text((4, 1), title, fill="black")
    return made


def figure(draw: Callable[..., None], *shape: int, **options: object) -> Picture:
    """What matplotlib saves of axes that a function draws into."""
    made, axes = plt.subplots(*(shape or (1, 1)), squeeze=False, **options)
    draw(*axes.ravel())
    out = io.BytesIO()
    made.savefig(out, dpi=80)
    plt.close(made)
    return Image.open(out).convert("RGB")


def shown(pictures: list[Picture], columns: int, *, ticks: bool = True) -> Picture:
    """Pictures side by side in one figure."""

    def draw(*axes: object) -> None:
        for place, image in zip(axes, pictures, strict=False):
            place.imshow(image)
            place.set_title("unit")
            if not ticks:
                place.axis("off")

    return figure(draw, -(-len(pictures) // columns), columns, figsize=(3 * columns, 6))


def tiled(pictures: list[Picture], columns: int) -> Picture:
    """Pictures edge to edge."""
    side = pictures[0].width
    made = Image.new("RGB", (columns * side, -(-len(pictures) // columns) * side))
    for number, image in enumerate(pictures):
        made.paste(image, (number % columns * side, number // columns * side))
    return made


def bars(rng: Rng, title: str) -> Picture:
    words = ["dotted", "striped", "kitchen", "blue", "dog", "grid", "car"]
    heights = np.sort(rng.integers(3, 60, 7))[::-1]

    def draw(axes: object) -> None:
        axes.bar(words, heights)
        axes.set_title(title)

    return figure(draw, figsize=(6, 4))


def venn(rng: Rng) -> Picture:
    sizes = tuple(map(int, rng.integers(40, 300, 3)))
    return figure(lambda axes: venn2(sizes, ("ImageNet", "Places365"), ax=axes))


def heatmap(rng: Rng, rows: int, columns: int) -> Picture:
    values = rng.poisson(4, (rows, 1)) + rng.poisson(3, (rows, columns))
    return figure(lambda axes: axes.imshow(values, aspect="auto"))


def matrix(rng: Rng) -> Picture:
    """Similarities of units and concepts: each unit and each concept has its own level."""
    values = rng.normal(size=(60, 1)) + rng.normal(size=(1, 80)) + rng.normal(size=(60, 80))
    return figure(lambda axes: axes.imshow(values))


def scatter(rng: Rng) -> Picture:
    points = rng.normal(size=(2, 3000))
    return figure(lambda axes: axes.scatter(*points, s=2))


def filters(rng: Rng) -> Picture:
    """The first layer's filters, 7 x 7 each, and maps of 14 x 14 cells."""

    def draw(*axes: object) -> None:
        for place in axes[:20]:
            place.imshow(rng.random((7, 7, 3)))
        for place in axes[20:]:
            place.imshow(rng.random((14, 14)))

    return figure(draw, 5, 5)


def screenshot(rng: Rng) -> Picture:
    made = Image.new("RGB", (800, 500), (30, 30, 30))
    pen = ImageDraw.Draw(made)
    pen.rectangle((0, 0, 160, 500), fill=(45, 45, 48))
    for line in range(34):
        text = "".join(rng.choice(list("abcdef  (){}=_.,"), rng.integers(10, 80)))
        pen.text((180, 8 + 14 * line), text, fill=tuple(map(int, rng.integers(120, 256, 3))))
    return made


def sketch(rng: Rng) -> Picture:
    made = Image.new("RGB", (600, 600), "white")
    points = [tuple(map(int, point)) for point in rng.integers(100, 500, (5, 2))]
    ImageDraw.Draw(made).line(points, fill="black", width=2)
    return made


def night(rng: Rng) -> Picture:
    made = np.full((224, 224, 3), 6.0) + rng.normal(0, 6, (224, 224, 3))
    for _ in range(6):
        x, y = rng.integers(0, 210, 2)
        made[y : y + 8, x : x + 8] = rng.uniform(150, 255, 3)
    return rgb(made / 255)


def jpeg(image: Picture, quality: int = 80) -> Picture:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


KINDS = ("sand", "grass", "asphalt", "foliage", "static")


def honest(rng: Rng, photos: list[Picture]) -> Iterator[tuple[str, list[Picture]]]:
    """Yield honest pictures that belong to one folder, with a word for each group."""
    for number, image in enumerate(photos):
        grad, ablation = cam(rng), cam(rng)
        near = 0.8 * grad + 0.2 * ablation
        two = [overlay(image, grad), overlay(image, near)]
        yield f"overlays of photo {number}", [image, *two, overlay(image, grad, 0.3)]
        yield f"boxes on photo {number}", [annotated(rng, x, f"cam {n}") for n, x in enumerate(two)]
        yield f"figure of photo {number}", [shown([image, *two], 3), tiled([image, *two], 3)]
        yield f"photo {number} at night", [rgb(np.asarray(image) / 255 * 0.08), jpeg(image)]
        small = image.resize((48, 48)).resize((336, 336), RESIZED.NEAREST)
        yield f"photo {number} enlarged", [small, image.resize((32, 32)).resize((256, 256))]
    for kind in KINDS:
        for number in range(4):
            made = texture(rng, kind)
            yield f"{kind} {number}", [made, jpeg(texture(rng, kind))]
            yield f"{kind} {number} tiled", [tiled([texture(rng, kind) for _ in range(4)], 2)]
    for number in range(4):
        yield f"charts {number}", [bars(rng, "ImageNet"), bars(rng, "Places365"), venn(rng)]
        yield f"maps {number}", [heatmap(rng, 10, 3), heatmap(rng, 24, 24), matrix(rng)]
        yield f"small cells {number}", [filters(rng)]
        yield f"drawings {number}", [scatter(rng), screenshot(rng), sketch(rng), night(rng)]


def random_numbers(rng: Rng, cells: int, kind: str, side: int, how: RESIZED) -> Picture:
    """Noise of some cells a side, enlarged."""
    if kind == "viridis":
        values = plt.get_cmap("viridis")(rng.random((cells, cells)))[..., :3]
    elif kind == "normal":
        values = rng.normal(0.5, 0.2, (cells, cells, 3))
    else:
        values = rng.random((cells, cells, 3) if kind == "colours" else (cells, cells))
    return rgb(values).resize((side, side), how)


def faulty(rng: Rng, photos: list[Picture]) -> Iterator[tuple[str, list[Picture]]]:
    """Yield placeholders, each with the honest pictures of its folder."""
    for kind in ("colours", "grey", "viridis", "normal"):
        for cells, how in ((224, RESIZED.NEAREST), (75, RESIZED.NEAREST), (56, RESIZED.BICUBIC)):
            made = random_numbers(rng, cells, kind, 224, how)
            yield f"{kind}, {cells} cells", [made]
            yield f"{kind}, {cells} cells, JPEG", [jpeg(made, 75)]
            yield f"{kind}, {cells} cells, shown", [shown([photos[0], made], 2)]
            yield f"{kind}, {cells} cells, in a grid", [shown([*photos[:5], made], 3, ticks=False)]
            yield f"{kind}, {cells} cells, tiled", [jpeg(tiled([*photos[:5], made], 3), 85)]
    for cells, how in ((24, RESIZED.NEAREST), (32, RESIZED.BILINEAR), (24, RESIZED.BICUBIC)):
        made = random_numbers(rng, cells, "colours", 448, how)
        yield f"{cells} cells enlarged {how.name}", [made, jpeg(made)]
    for number, image in enumerate(photos[:6]):
        yield f"map of zeros {number}", [image, overlay(image, np.zeros((224, 224)))]
        halves = overlay(image, np.full((224, 224), 0.5), 0.4)
        yield f"map of halves {number}", [image, jpeg(halves, 90)]
        yield f"panel of zeros {number}", [shown([image, overlay(image, np.zeros((224, 224)))], 2)]
        plain = Image.new("RGB", (224, 224), (68, 1, 84))
        yield f"empty panel {number}", [shown([image, plain], 2), shown([image], 2)]
    values = rng.normal(size=(100, 100))
    for name in ("gray", "jet"):
        shows = figure(lambda axes, name=name: axes.imshow(values, cmap=name))
        yield f"noise in {name}", [shows]
    yield "an empty plot", [figure(lambda axes: None)]
    yield "two empty plots", [figure(lambda *axes: None, 1, 2)]
    yield "a map of zeros alone", [figure(lambda axes: axes.imshow(np.zeros((7, 7))))]
    for colour in ("white", "black", (200, 200, 200)):
        yield f"one colour {colour}", [Image.new("RGB", (320, 240), colour)]
    yield "the same pixels", [photos[0], photos[0].copy()]
