"""One Envoy process, in place of the Python that was started."""

import os

from doorstepd.doors.envoy.configuration import arguments
from doorstepd.doors.envoy.inside import DEPARTURES
from doorstepd.doors.envoy.wheel import environment
from doorstepd.doors.opening import Opening


def become_envoy(opening: Opening) -> None:
    """Replaces this process by Envoy."""
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_inheritable(end, True)
    argv = arguments(opening, writing)
    os.execve(argv[0], argv, {**os.environ, **environment(), DEPARTURES: str(reading)})  # noqa: S606


if __name__ == "__main__":
    become_envoy(Opening.from_environment())
