"""Puts this folder on the path, so that every room's tests can import what stands in it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
