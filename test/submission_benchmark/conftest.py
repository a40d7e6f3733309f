"""These tests run in the image, as scripts/test-image.sh has it: on the submission_benchmark/ of this project."""

import sys
from pathlib import Path

import cv2

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(PROJECT / "submission_benchmark"), str(PROJECT / "scripts" / "background")]
sys.dont_write_bytecode = True
cv2.setNumThreads(1)
