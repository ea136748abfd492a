"""Debian packages into a folder, without root and without touching this computer's own packages.

apt does the work, with states and caches of its own below a folder: it takes the mirror that this computer's
sources name for Debian, checks signatures with Debian's keyring, and believes that nothing is installed, so
that a package comes with all it depends on.
"""

import os
import subprocess
from pathlib import Path
from typing import Final

KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR_VARIABLE: Final = "LUMBAR_DEBIAN_MIRROR"
_PROGRAMS: Final = ("apt-get", "apt-cache", "dpkg-deb")
_APT_S: Final = 400.0


class PackagesError(Exception):
    """The packages are not to be had; the text says why and what to do."""


class Debian:
    """One release of Debian, amd64, as packages.

    Parameters
    ----------
    suite
        The release, such as "trixie".
    folder
        Where apt keeps what it has downloaded.

    Raises
    ------
    PackagesError
        If this computer has no apt, no keyring of Debian, or no mirror.
    """

    def __init__(self, suite: str, folder: Path) -> None:
        if not KEYRING.is_file():
            raise PackagesError(f"{KEYRING} is missing: apt-get install debian-archive-keyring")
        self._folder = folder
        for part in ("etc", "state/lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "state/status").touch()
        places = [f"deb [signed-by={KEYRING} arch=amd64] {_mirror()} {name} main" for name in _suites(suite)]
        (folder / "etc/sources.list").write_text("\n".join(places) + "\n", encoding="utf-8")
        self._apt("apt-get", "update", "-qq")

    def with_dependencies(self, *names: str) -> list[Path]:
        """Return the package files of `names` and of all that these depend on."""
        self._apt("apt-get", "install", "-qq", "--yes", "--download-only", "--no-install-recommends", *names)
        return sorted((self._folder / "cache/archives").glob("*.deb"))

    def alone(self, name: str) -> Path:
        """Return the file of the one package `name`."""
        into = self._folder / "alone" / name
        into.mkdir(parents=True, exist_ok=True)
        self._apt("apt-get", "download", "-qq", name, cwd=into)
        (package,) = into.glob("*.deb")
        return package

    def depends_on(self, name: str, prefix: str) -> str:
        """Return the package beginning with `prefix` that `name` directly depends on."""
        for line in self._apt("apt-cache", "depends", name).splitlines():
            relation, _, other = line.strip().partition(": ")
            if relation == "Depends" and other.startswith(prefix):
                return other
        raise PackagesError(f"Debian's package {name} does not depend on a {prefix}...")

    def _apt(self, program: str, *words: str, cwd: Path | None = None) -> str:
        folder = self._folder
        settings = {
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "state/status",
            "Dir::Cache": folder / "cache",
            "Dir::Etc::SourceList": folder / "etc/sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "APT::Architecture": "amd64",
            "APT::Architectures": "amd64",
            "APT::Sandbox::User": "root",  # root may read the folder, apt's own user may not
            "APT::Keep-Downloaded-Packages": "true",
        }
        options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        return run(program, *words, *options, cwd=cwd)


def unpack(package: Path, into: Path) -> None:
    """Unpack a package's files; its scripts are not run."""
    run("dpkg-deb", "--extract", str(package), str(into))


def run(program: str, *words: str, cwd: Path | None = None) -> str:
    """Run a program of the system and return what it printed.

    Raises
    ------
    PackagesError
        If there is no such program, or it fails.
    """
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # where a user's PATH may not lead
    environment = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            [program, *words],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_APT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise PackagesError(f"the program {program} is missing") from error
    except subprocess.TimeoutExpired as error:
        raise PackagesError(f"{program} took longer than {_APT_S:.0f} s") from error
    if done.returncode:
        said = [line for line in done.stderr.strip().splitlines() if line] or ["it said nothing"]
        raise PackagesError(f"{program} {words[0]} failed: {said[-1]}")
    return done.stdout


def _mirror() -> str:
    """Return where this computer gets Debian's packages from."""
    if named := os.environ.get(MIRROR_VARIABLE):
        return named
    fields = "$(ORIGIN) $(LABEL) $(REPO_URI)"
    for line in run("apt-get", "indextargets", "--format", fields, "Created-By: Packages").splitlines():
        origin, label, address = line.split()[:3]
        if origin == label == "Debian":
            return address
    raise PackagesError(f"apt's sources name no mirror of Debian; set {MIRROR_VARIABLE} to one")


def _suites(suite: str) -> tuple[str, ...]:
    return suite, f"{suite}-updates"
