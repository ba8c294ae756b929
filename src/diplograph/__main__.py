"""The command line as a module: `python -m diplograph`."""

from diplograph.cli import main

if __name__ == "__main__":
    main(prog_name="diplograph")
