"""`python -m doorstepd` is `doorstepd`."""

from doorstepd.cli import main

main()
