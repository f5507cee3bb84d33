"""What can go wrong at the boundary, as a short tree.

Each message says what was given, what is allowed, where, and what to do. The command line prints it as one
line and exits with code 2; a library user catches `InloopError` or one of its branches.
"""


class InloopError(Exception):
    """Base of every error that a user can cause and repair."""


class ConfigError(InloopError, ValueError):
    """A preset, field, level, seed or size that cannot be."""


class DoesNotFitError(ConfigError):
    """A network that needs more of a resource than the chip has."""


class SpikeError(InloopError, ValueError):
    """Input events that no experiment can contain: NaN, negative, too late, unknown channel."""


class LabelError(InloopError, ValueError):
    """Class labels outside the range of the readout."""


class DataError(InloopError):
    """A data file that is missing, truncated or altered."""


class CheckpointError(InloopError):
    """A checkpoint or run folder that cannot be read, or that belongs to something else."""


class StorageError(InloopError):
    """A result that could not be written; what was there before is untouched."""


class MissingToolError(InloopError):
    """An optional package or program that the request needs."""
