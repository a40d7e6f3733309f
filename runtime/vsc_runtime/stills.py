"""Small JPEGs of single moments of videos."""

import av
import cv2

# Twice the size at which a page shows them.
MAX_WIDTH, MAX_HEIGHT = 240, 180
# Eighty of them, in Base64, stay below a megabyte.
MAX_BYTES = 9_000
_QUALITIES = (80, 65, 50, 35, 20, 5)


class NoStill(Exception):
    """There is no picture of that moment; says why."""


def stills(path, times):
    """Return {seconds: JPEG or NoStill} of the frames that are shown at `times`, seconds from the video's start."""
    found = {}
    for time in sorted(times):
        try:
            found[time] = _jpeg(_frame_at(path, time))
        except NoStill as error:
            found[time] = error
        except Exception as error:  # whatever a file does to the decoder, the others are to be seen
            found[time] = NoStill(f"it can't be decoded ({type(error).__name__})")
    return found


def _frame_at(path, seconds):
    """Return the picture (height, width, 3), BGR, small; past the end the last one."""
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise NoStill("it has no pictures")
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        begin = stream.start_time or 0
        wanted = begin + round(seconds / stream.time_base)
        try:
            container.seek(wanted, stream=stream)
        except av.error.FFmpegError:  # past the end
            container.seek(begin, stream=stream)
        last = None
        try:
            for frame in container.decode(stream):
                if last is not None and frame.pts is not None and frame.pts > wanted:
                    break
                last = frame
        except av.error.FFmpegError:
            pass  # cut off: what came before it will do
        if last is None:
            raise NoStill("it has no picture there")
        scale = min(1, MAX_WIDTH / last.width, MAX_HEIGHT / last.height)
        width, height = (max(2, round(side * scale)) for side in (last.width, last.height))
        return last.reformat(width, height, "bgr24", interpolation="AREA").to_ndarray()


def _jpeg(picture):
    for quality in _QUALITIES:
        made, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if made and len(jpeg) <= MAX_BYTES:
            return jpeg.tobytes()
    raise NoStill("its picture can't be made small enough")
