"""These tests run in the image, as scripts/test-image.sh has it: on the matching/ of this project.

main.py and what it imports are laid over the descriptor track's, as in a project.
"""

import sys
from pathlib import Path

import cv2

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [
    str(PROJECT / folder)
    for folder in ("matching/submission_benchmark", "submission_benchmark", "test/submission_benchmark", "scripts/background")
]
sys.dont_write_bytecode = True
cv2.setNumThreads(1)
