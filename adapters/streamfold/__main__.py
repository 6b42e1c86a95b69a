"""`python -m streamfold` is the command `streamfold`."""

from .adapters.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
