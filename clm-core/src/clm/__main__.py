"""The program, as `python -m clm`."""

from clm.cli.main import run

if __name__ == "__main__":
    run()
