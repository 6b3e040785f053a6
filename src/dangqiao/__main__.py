"""`python -m dangqiao` is the command dangqiao."""

from dangqiao.cli import main

main()
