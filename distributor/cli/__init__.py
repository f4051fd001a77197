"""The command line: one function per command, no logic. ``main`` is the console script's way in."""


def main() -> None:
    """Run the command line; heavy libraries are loaded by the commands that need them."""
    from distributor.cli.root import cli

    cli(prog_name="distributor")
