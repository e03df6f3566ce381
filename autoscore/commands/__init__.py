"""The commands: what is said on the command line, handed on as it is. cli.py registers them."""
