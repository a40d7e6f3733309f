"""Videos and tables that tests are made of."""

import av
import numpy as np


def clip(seed, seconds=4, rate=10, height=120, width=160):
    """Return (n, height, width, 3) frames of a camera that pans over a painting."""
    from scenes import painting

    rng = np.random.default_rng([9, seed])
    picture = painting(rng, 2 * height, 2 * width)
    start, speed = rng.uniform(0, 1, 2) * (height, width) / 2, rng.uniform(-1, 1, 2) * (height, width) / 12
    frames = []
    for number in range(seconds * rate):
        y, x = (np.abs(start + speed * number / rate)).astype(int)
        frames.append(picture[y:y + height, x:x + width])
    return np.stack(frames)


def write_video(path, frames, rate=10):
    """Write frames as H.264."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="bgr24")))
        container.mux(stream.encode())


def write_table(path, header, rows):
    """Write lines as CSV."""
    path.write_text("\n".join([header, *rows]) + "\n")
