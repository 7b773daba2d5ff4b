"""Where the reference material lies, if it is there."""

import os
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent


def shared_directory():
    """MYSTEL_SHARED, or `shared` beside the repository; None if there is no such directory."""
    directory = pathlib.Path(os.environ.get("MYSTEL_SHARED", REPOSITORY.parent / "shared"))
    return directory if directory.is_dir() else None
