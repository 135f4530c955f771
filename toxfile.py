"""Lets all tox stages share one environment: torch alone takes five gigabytes.

Stock tox makes an environment anew when another stage's name was the last to use its folder.
This runner leaves the stage's name out of that comparison; what is installed is still compared.
"""

from contextlib import AbstractContextManager
from typing import Any

from tox.plugin import impl
from tox.tox_env.info import Info
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner
from tox.tox_env.register import ToxEnvRegister


class _SharedInfo(Info):
    def compare(
        self, value: Any, section: str, sub_section: str | None = None
    ) -> AbstractContextManager[tuple[bool, Any]]:
        if section == "ToxEnv":
            value = {**value, "name": "shared"}
        return super().compare(value, section, sub_section)


class SharedRunner(VirtualEnvRunner):
    """A virtual environment that several stages use."""

    @staticmethod
    def id() -> str:
        """Return the name by which tox.ini asks for this runner."""
        return "shared"

    @property
    def cache(self) -> Info:
        """What was installed, whichever stage asked for it."""
        return _SharedInfo(self.env_dir)


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Add the runner to those that tox knows."""
    register.add_run_env(SharedRunner)
