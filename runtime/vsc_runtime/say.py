"""What the runtime itself prints, beside what main.py does."""

import sys


def say(line):
    """Print one line of our own, at once: what can't be seen in it, as an id may hold it, as escapes."""
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)
    sys.stdout.write(shown + "\n")
    sys.stdout.flush()
