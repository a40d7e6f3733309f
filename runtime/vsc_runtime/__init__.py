"""What the competition image does with a submission: unpack, validate, run, write the results."""

__version__ = "1.0.0"
