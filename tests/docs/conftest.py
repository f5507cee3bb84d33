"""The command `inloop` as the tests of the command line call it."""

from tests.cli.conftest import inloop as inloop
