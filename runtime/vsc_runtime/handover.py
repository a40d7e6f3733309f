"""What main.py made, as it is handed to a scoring that waits for it: on standard input.

A decimal number of bytes, a line feed, and so many bytes. A container for the scoring can so be
there, with all that it imports, before the code has ended, and sees nothing of it until then.
"""

STANDARD_INPUT = "-"
_LONGEST_HEAD = 20
_CHUNK = 1 << 20


class NotHandedOver(Exception):
    """The other side has gone, or said what is no number of bytes."""


def announced(stream):
    """Wait until something is handed over, and return how many bytes it has."""
    head = stream.readline(_LONGEST_HEAD)
    if not head.endswith(b"\n") or not head[:-1].isdigit():
        raise NotHandedOver("nothing was handed over on standard input")
    return int(head)


def take(stream, size, target):
    """Write the `size` bytes to `target`, which must not exist yet."""
    with open(target, "xb") as file:
        left = size
        while left:
            chunk = stream.read(min(_CHUNK, left))
            if not chunk:
                raise NotHandedOver(f"what was handed over ended {left:,} bytes early")
            file.write(chunk)
            left -= len(chunk)
