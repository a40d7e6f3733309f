"""Scenes for the background: what ffmpeg draws by itself, and what is drawn here.

A scene is made from a numpy generator and gives frames, uint8 (HEIGHT, WIDTH, 3), BGR: MOMENTS of
them, neighbours STEP seconds apart. The same seed gives the same frames.
"""

import av
import cv2
import numpy as np

WIDTH, HEIGHT = 224, 168
MOMENTS, STEP = 3, 0.4


def frames_of(scene, rng):
    """Return the frames of a scene, begun anew until they show something."""
    while True:
        frames = scene(rng)
        if min(frame.std() for frame in frames) > 4:
            return frames


# --- ffmpeg's own sources ---------------------------------------------------------------------------


def filtered(graph, begin):
    """Return frames of a filter graph from `begin` seconds on."""
    frames, wanted = [], begin
    with av.open(f"{graph},scale={WIDTH}:{HEIGHT}", format="lavfi") as container:
        for frame in container.decode(video=0):
            if frame.time >= wanted:
                frames.append(frame.to_ndarray(format="bgr24"))
                wanted += STEP
            if len(frames) == MOMENTS:
                return frames
    raise ValueError(f"too short: {graph}")


def ink(rng):
    return f"0x{int(rng.integers(1 << 24)):06x}"


def hue(rng):
    return f"hue=h={int(rng.integers(360))}:s={rng.uniform(0.4, 1.6):.2f}"


def seed(rng):
    return int(rng.integers(1 << 30))


def mandelbrot(rng):
    places = [(-0.7436, -0.1318), (-0.1011, 0.9563), (-1.2507, 0.0201), (0.0016, -0.8225), (-0.722, 0.246), (-1.7686, 0.0017), (0.2926, -0.015)]
    x, y = places[int(rng.integers(len(places)))] + rng.normal(0, 0.05, 2)
    return filtered(f"mandelbrot=s=224x168:r=5:start_x={x}:start_y={y}:start_scale={rng.uniform(0.05, 3)}:end_pts=400,{hue(rng)}", rng.uniform(0, 3))


def life(rng):
    rule = rng.choice(["B3/S23", "B36/S23", "B2/S", "B3/S12345", "B368/S245", "B3678/S34678"])
    size = rng.choice(["48x36", "64x48", "112x84", "160x120"])
    colours = f"life_color={ink(rng)}:death_color={ink(rng)}:mold_color={ink(rng)}:mold={int(rng.integers(5, 90))}"
    return filtered(f"life=s={size}:r=10:seed={seed(rng)}:ratio={rng.uniform(0.15, 0.6)}:rule={rule}:{colours},scale=iw*4:ih*4:flags=neighbor", rng.uniform(0, 5))


def automaton(rng):
    rule = int(rng.choice([18, 22, 30, 45, 54, 60, 73, 90, 105, 110, 150]))
    size = rng.choice(["56x42", "80x60", "160x120"])
    tint = f"colorchannelmixer=rr={rng.uniform(0, 1)}:gg={rng.uniform(0, 1)}:bb={rng.uniform(0, 1)}"
    return filtered(f"cellauto=s={size}:r=15:rule={rule}:seed={seed(rng)}:ratio={rng.uniform(0.05, 0.6)},scale=iw*4:ih*4:flags=neighbor,{tint}", rng.uniform(0, 6))


def gradients(rng):
    colours = ":".join(f"c{index}={ink(rng)}" for index in range(8))
    kind = rng.choice(["linear", "radial", "circular", "spiral"])
    return filtered(f"gradients=s=224x168:r=10:n={int(rng.integers(2, 9))}:{colours}:seed={seed(rng)}:speed={rng.uniform(0.003, 0.06)}:type={kind}", rng.uniform(0, 3))


def sierpinski(rng):
    kind = rng.choice(["carpet", "triangle"])
    return filtered(f"sierpinski=s=224x168:r=5:seed={seed(rng)}:jump={int(rng.integers(20, 300))}:type={kind},{hue(rng)}", rng.uniform(0, 5))


def test_pattern(rng):
    source = rng.choice(["testsrc2", "testsrc", "smptehdbars", "pal75bars", "rgbtestsrc", "yuvtestsrc"])
    share = rng.uniform(0.35, 1)
    part = f"crop=iw*{share}:ih*{share}:(iw-ow)*{rng.random()}:(ih-oh)*{rng.random()}"
    return filtered(f"{source}=s=320x240:r=10,format=rgb24,{part},{hue(rng)},rotate=a={rng.uniform(-3, 3)}+t*{rng.uniform(-0.3, 0.3)}", rng.uniform(0, 6))


def waves(rng):
    def channel():
        a, b, c, d, e, f = (rng.uniform(*limits) for limits in ((5, 60), (-3, 3), (0, 112), (0, 84), (4, 40), (-4, 4)))
        return f"128+60*sin(X/{a}+T*{b})+60*sin(hypot(X-{c},Y-{d})/{e}-T*{f})"

    return filtered(f"nullsrc=s=112x84:r=5,format=gbrp,geq=r='{channel()}':g='{channel()}':b='{channel()}'", rng.uniform(0, 3))


def static(rng):
    blurred = f"gblur={rng.uniform(0.6, 4)}"
    return filtered(f"color=gray:s={rng.choice(['28x21', '56x42', '112x84'])}:r=5,noise=all_seed={seed(rng)}:alls=100:allf=t,{blurred},eq=contrast=4:saturation=3,{hue(rng)}", rng.uniform(0, 2))


def as_they_come(rng):
    """Sources as ffmpeg has them where nothing is asked for: of those, many videos have the same."""
    size = rng.choice(["320x240", "640x360", "160x120"])
    sources = ("testsrc2", "testsrc", "mandelbrot", "mandelbrot", "smptebars", "smptehdbars", "rgbtestsrc", "yuvtestsrc", "sierpinski", "life", "noise", "noise")
    source = sources[int(rng.integers(len(sources)))]
    if source == "noise":
        size = rng.choice(["40x30", "80x60", "160x120"])
        return filtered(f"color=gray:s={size}:r=5,noise=alls=100:allf=t,gblur={rng.uniform(0.1, 3)},eq=contrast=3", rng.uniform(0, 3))
    # These two draw another seed each time unless they are given one.
    seeded = f":seed={seed(rng)}" if source in ("sierpinski", "life") else ""
    return filtered(f"{source}=s={size}:r=5{seeded}", rng.uniform(0, 6))


# --- drawn here -------------------------------------------------------------------------------------


def times(rng):
    return rng.uniform(0, 6) + STEP * np.arange(MOMENTS)


def colour(rng):
    return tuple(int(value) for value in rng.integers(0, 256, 3))


def words(rng, letters):
    return "".join(chr(97 + int(value)) if value < 26 else " " for value in rng.integers(0, 30, letters))


def cloud(rng, height, width, roughness):
    """Return noise (height, width) from 0 to 1, the less rough the larger `roughness` is."""
    squares = np.fft.fftfreq(height)[:, None] ** 2 + np.fft.fftfreq(width)[None] ** 2
    squares[0, 0] = 1
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((height, width))) / squares ** (roughness / 2)).real
    return (field - field.min()) / np.ptp(field)


def ground(rng, height=HEIGHT, width=WIDTH):
    """Return a still picture of clouds, a plain colour or a run of colours."""
    kind = rng.integers(3)
    if kind == 0:
        field = np.stack([cloud(rng, height, width, rng.uniform(1, 2.5)) for _ in range(3)], -1) * rng.uniform(60, 255, 3)
    elif kind == 1:
        field = np.full((height, width, 3), colour(rng))
    else:
        along = (np.linspace(0, 1, height)[:, None] * rng.normal() + np.linspace(0, 1, width)[None] * rng.normal())[..., None]
        along = (along - along.min()) / np.ptp(along)
        field = along * colour(rng) + (1 - along) * colour(rng)
    return np.ascontiguousarray(field.astype(np.uint8))


def painting(rng, height, width):
    """Return a still picture of many shapes."""
    picture = ground(rng, height, width)
    for _ in range(rng.integers(4, 45)):
        place, tint = rng.uniform(0, 1, 2) * (width, height), colour(rng)
        shape(rng, picture, int(rng.integers(4)), place, rng.uniform(0.02, 0.25) * height, rng.uniform(0, 6), tint)
    return picture


def shape(rng, picture, kind, place, size, turn, tint):
    """Draw a disc, a polygon, a line or letters."""
    x, y = (int(value) for value in place)
    if kind == 0:
        cv2.circle(picture, (x, y), int(size), tint, -1 if size > 8 else 2, cv2.LINE_AA)
    elif kind == 1:
        around = turn + np.arange(3 + int(size) % 4) * 2 * np.pi / (3 + int(size) % 4)
        cv2.fillPoly(picture, [(place + size * np.stack([np.cos(around), np.sin(around)], 1)).astype(np.int32)], tint, cv2.LINE_AA)
    elif kind == 2:
        end = place + 4 * size * np.array([np.cos(turn), np.sin(turn)])
        cv2.line(picture, (x, y), tuple(int(value) for value in end), tint, 1 + int(size / 8), cv2.LINE_AA)
    else:
        cv2.putText(picture, words(rng, 6), (x, y), int(rng.integers(8)), size / 20, tint, 2, cv2.LINE_AA)


def filmed(rng):
    """A camera over a painting."""
    picture = painting(rng, 420, 560)
    zooms, turns, places = rng.uniform(0.4, 1, 2), rng.uniform(-20, 20, 2), rng.uniform(0.3, 0.7, (2, 2)) * (560, 420)
    frames = []
    for time in times(rng) / 8:
        zoom, turn, place = ((1 - time) * ends[0] + time * ends[1] for ends in (zooms, turns, places))
        matrix = cv2.getRotationMatrix2D(tuple(place), turn, WIDTH / 560 / zoom)
        matrix[:, 2] += (WIDTH / 2 - place[0], HEIGHT / 2 - place[1])
        frames.append(cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT))
    return frames


def drifting(rng):
    """Shapes that drift over a still ground."""
    still, count = ground(rng), int(rng.integers(2, 16))
    places, speeds, sizes = rng.uniform(0, 1, (count, 2)) * (WIDTH, HEIGHT), rng.normal(0, 30, (count, 2)), rng.uniform(5, 45, count)
    kinds, turns, tints = rng.integers(0, 3, count), rng.normal(0, 1, count), [colour(rng) for _ in range(count)]
    frames = []
    for time in times(rng):
        frame = still.copy()
        for at, speed, size, kind, turn, tint in zip(places, speeds, sizes, kinds, turns, tints):
            at = (at + speed * time) % (WIDTH, HEIGHT)
            shape(rng, frame, int(kind), at, size, turn * time, tint)
        frames.append(frame)
    return frames


def scrolling(rng):
    """A page of text that scrolls, or a few large words."""
    page, line = np.full((3 * HEIGHT, WIDTH, 3), colour(rng), np.uint8), int(rng.integers(12, 60))
    if rng.random() < 0.4:
        page = ground(rng, 3 * HEIGHT, WIDTH)
    font, tint = int(rng.integers(8)), colour(rng)
    for y in range(line, 3 * HEIGHT, line):
        cv2.putText(page, words(rng, int(rng.integers(2, 500 // line))), (int(rng.integers(0, 50)), y), font, line / 35, tint if rng.random() < 0.7 else colour(rng), 1 + line // 25, cv2.LINE_AA)
    speed = rng.uniform(5, 40)
    return [page[int(speed * time):][:HEIGHT] for time in times(rng)]


def flowing(rng):
    """Clouds that pass into each other."""
    first, second = (np.stack([cloud(rng, HEIGHT, WIDTH, rng.uniform(1.2, 3.2)) for _ in range(3)], -1) for _ in range(2))
    speed, bands = rng.integers(-12, 13, 2), rng.choice([0, 0, 2, 5])
    frames = []
    for time in times(rng):
        field = (1 - time / 8) * np.roll(first, (speed * int(2 * time)).tolist(), (0, 1)) + time / 8 * second
        field = np.sin(field * bands * 6) / 2 + 0.5 if bands else (field - field.min()) / np.ptp(field)
        frames.append((field * 255).astype(np.uint8))
    return frames


def striped(rng):
    """Waves of colour, soft or hard."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    hard, layers = rng.random() < 0.4, [(rng.normal(0, 0.12, 2), rng.uniform(-4, 4), rng.uniform(0, 6, 3), rng.uniform(0, 20), rng.uniform(0.01, 0.06)) for _ in range(rng.integers(1, 4))]
    frames = []
    for time in times(rng):
        field = sum(np.sin((way[0] * (x + bend * np.sin(curl * y + time)) + way[1] * y + speed * time)[..., None] + phases) for way, speed, phases, bend, curl in layers)
        field = np.sign(field) if hard else field / len(layers)
        frames.append((127.5 + 127 * field).astype(np.uint8))
    return frames


def solids(rng):
    """Turning boxes."""
    corners = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)], float)
    faces = ((0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5))
    still = ground(rng)
    boxes = [(rng.normal(0, 0.8, 3), rng.uniform(0.15, 0.85, 2) * (WIDTH, HEIGHT), rng.uniform(12, 55), [colour(rng) for _ in faces]) for _ in range(rng.integers(1, 6))]
    frames = []
    for time in times(rng):
        frame = still.copy()
        for axis, place, size, tints in boxes:
            turned = corners @ cv2.Rodrigues(axis * (1 + time))[0].T
            for face in sorted(range(6), key=lambda number: turned[list(faces[number]), 2].mean()):
                cv2.fillPoly(frame, [(turned[list(faces[face]), :2] * size + place).astype(np.int32)], tints[face], cv2.LINE_AA)
        frames.append(frame)
    return frames


def tiled(rng):
    """Squares or triangles of many colours under a turning camera."""
    rows, columns = (int(rng.integers(2, 14)) for _ in range(2))
    tile = rng.integers(0, 256, (rows, columns, 3)).astype(np.uint8)
    if rng.random() < 0.5:
        tile = np.where((np.indices((rows, columns)).sum(0) % 2)[..., None] == 1, np.uint8(colour(rng)), np.uint8(colour(rng)))
    big = cv2.resize(tile, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_NEAREST)
    turn, speed, zoom = rng.uniform(0, 360), rng.uniform(-25, 25), rng.uniform(0.5, 1.2)
    frames = []
    for time in times(rng):
        matrix = cv2.getRotationMatrix2D((WIDTH, HEIGHT), turn + speed * time, zoom)
        matrix[:, 2] -= (WIDTH / 2, HEIGHT / 2)
        frames.append(cv2.warpAffine(big, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_WRAP))
    return frames


def curves(rng):
    """Lines that wind over a ground."""
    still, lines = ground(rng), [(rng.uniform(0.5, 6, 4), rng.uniform(0, 6, 4), rng.uniform(0.1, 0.5, 4), colour(rng), int(rng.integers(1, 7))) for _ in range(rng.integers(1, 8))]
    along = np.linspace(0, 2 * np.pi, 300)
    frames = []
    for time in times(rng):
        frame = still.copy()
        for rates, phases, sizes, tint, thickness in lines:
            a, b, c, d = (size * np.sin(rate.round() * along + phase + 0.3 * time) for rate, phase, size in zip(rates, phases, sizes))
            points = np.stack([(0.5 + a + b / 2) * WIDTH, (0.5 + c + d / 2) * HEIGHT], 1).astype(np.int32)
            cv2.polylines(frame, [points], False, tint, thickness, cv2.LINE_AA)
        frames.append(frame)
    return frames


SCENES = (
    mandelbrot, life, automaton, gradients, sierpinski, test_pattern, waves, static,
    as_they_come,
    filmed, filmed, drifting, scrolling, flowing, striped, solids, tiled, curves,
)
