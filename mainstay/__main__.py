"""`python -m mainstay`: the same as the `mainstay` command."""

from mainstay.site.cli import main

main()
