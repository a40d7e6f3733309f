"""What the competition image does with a submission: unpack, validate, run, search, write."""

__version__ = "1.0.0"
