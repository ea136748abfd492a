"""The machine's image, made from Debian packages and kept in a cache outside the repository.

Three files: Debian's kernel as it is; an initrd that knows only how to find the disk; and the disk, with
BlueZ, a message bus, busybox and the few kernel modules that are needed. No package's scripts are run, no
device is mounted and nobody needs to be root. The image is made anew when this file or a file of the guest
has changed.
"""

import hashlib
import lzma
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bluez.debian import Debian, PackagesError, run, unpack

SUITE: Final = "trixie"
"""Debian 13: the kernel of Debian 12 (6.1) has a bug that a strip's lost bond sets off, and takes bluetoothd
along."""
CACHE_VARIABLE: Final = "LUMBAR_BLUEZ_CACHE"

_PACKAGES: Final = ("base-files", "bluez", "busybox-static", "dbus", "socat")
_DISK_MODULES: Final = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4")
_MODULES: Final = (
    *("virtio_net", "virtio_console", "virtio_rng", "bluetooth", "hci_uart", "uhid"),
    # Without these the kernel has no pairing, says so only in its log, and bonding "succeeds".
    *(
        "hmac",
        "sha256_generic",
        "sha512_generic",
        "ctr",
        "cmac",
        "ecb",
        "jitterentropy_rng",
        "drbg",
        "ecdh_generic",
    ),
    *("algif_hash", "algif_skcipher"),
)
_UNUSED: Final = (
    *(
        "usr/share/doc",
        "usr/share/man",
        "usr/share/locale",
        "usr/share/info",
        "usr/share/perl",
        "usr/share/perl5",
    ),
    *("usr/share/alsa", "usr/share/zoneinfo", "usr/lib/udev", "usr/lib/x86_64-linux-gnu/perl-base"),
)
_GUEST: Final = Path(__file__).parent / "guest"
_USERS: Final = (
    "root:x:0:0::/tmp:/bin/sh\nmessagebus:x:100:100::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
)
_GROUPS: Final = "root:x:0:\nmessagebus:x:100:\nbluetooth:x:101:\nnetdev:x:102:\nnogroup:x:65534:\n"
_SPARE_MB: Final = 48


@dataclass(frozen=True, slots=True)
class Image:
    """A machine's files.

    Attributes
    ----------
    folder
        Where they are.
    """

    folder: Path

    @property
    def kernel(self) -> Path:
        """The kernel."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """What the kernel starts with."""
        return self.folder / "initrd.cpio"

    @property
    def disk(self) -> Path:
        """The disk; it is never written to."""
        return self.folder / "disk.ext4"

    @property
    def versions(self) -> str:
        """Which kernel and which BlueZ, in one line."""
        return (self.folder / "versions").read_text(encoding="utf-8").strip()


def cache_folder() -> Path:
    """Return where images are kept."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lumbar-monitor" / "bluez"


def recipe() -> str:
    """Return what an image made today would be called."""
    digest = hashlib.sha256()
    for path in [Path(__file__), *sorted(_GUEST.iterdir())]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{SUITE}-{digest.hexdigest()[:12]}"


def find_image() -> Image | None:
    """Return the image, if it has been made."""
    image = Image(cache_folder() / recipe())
    return image if image.folder.is_dir() else None


def make_image() -> Image:
    """Return the image; make it first if need be.

    Raises
    ------
    PackagesError
        If packages or programs are missing.
    """
    if (image := find_image()) is not None:
        return image
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="making-") as name:
        made = Image(Path(name) / "image")
        made.folder.mkdir()
        _make(made, Path(name), Debian(SUITE, cache / "apt"))
        target = cache / recipe()
        made.folder.rename(target)
    for old in cache.glob(f"{SUITE}-*"):
        if old != target:
            shutil.rmtree(old)
    shutil.rmtree(cache / "apt", ignore_errors=True)
    return Image(target)


def _make(image: Image, work: Path, debian: Debian) -> None:
    root = work / "root"
    packages = debian.with_dependencies(*_PACKAGES)
    # base-files comes first: its links /bin, /lib and so on decide where the others' files go.
    for package in sorted(packages, key=lambda path: not path.name.startswith("base-files_")):
        unpack(package, root)
    for unused in _UNUSED:
        shutil.rmtree(root / unused, ignore_errors=True)
    kernel_package = debian.alone(debian.depends_on("linux-image-amd64", "linux-image-"))
    unpack(kernel_package, work / "kernel")
    kernel = Kernel(work / "kernel")
    shutil.copyfile(kernel.image, image.kernel)

    kernel.install(_MODULES, root / "usr")
    (root / "etc/machine-modules").write_text(" ".join(_MODULES), encoding="utf-8")
    (root / "etc/passwd").write_text(_USERS, encoding="utf-8")
    (root / "etc/group").write_text(_GROUPS, encoding="utf-8")
    for script in ("start", "start-bluetooth", "obey"):
        _install(_GUEST / script, root / "usr/sbin" / script)
    _make_disk(root, image.disk)

    initrd = work / "initrd"
    for folder in ("bin", "dev", "proc", "disk"):
        (initrd / folder).mkdir(parents=True)
    shutil.copy(root / "usr/bin/busybox", initrd / "bin/busybox")
    kernel.install(_DISK_MODULES, initrd)
    _install(_GUEST / "start-initrd", initrd / "init")
    names = "\n".join(str(path.relative_to(initrd)) for path in sorted(initrd.rglob("*")))
    (work / "names").write_text(names, encoding="utf-8")
    pack = 'cpio --create --format=newc --owner=+0:+0 --quiet <"$1" >"$2"'
    run("sh", "-c", pack, "cpio", str(work / "names"), str(image.initrd), cwd=initrd)

    bluez = next(package.name.split("_")[1] for package in packages if package.name.startswith("bluez_"))
    versions = f"Debian {SUITE}, kernel {kernel.version}, BlueZ {bluez}\n"
    (image.folder / "versions").write_text(versions, encoding="utf-8")


class Kernel:
    """An unpacked package of Debian's kernel.

    Parameters
    ----------
    folder
        Where it was unpacked.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "lib").exists():  # depmod looks here, newer packages are made for a merged /usr
            (folder / "lib").symlink_to("usr/lib")
        (self._modules,) = (folder / "lib/modules").iterdir()
        self.version = self._modules.name
        self.image = folder / "boot" / f"vmlinuz-{self.version}"
        run("depmod", "-b", str(folder), self.version)
        self._needs: dict[str, list[str]] = {}
        for line in (self._modules / "modules.dep").read_text(encoding="utf-8").splitlines():
            file, _, needed = line.partition(":")
            self._needs[_module_name(file)] = [file, *needed.split()]
        built_in = (self._modules / "modules.builtin").read_text(encoding="utf-8").splitlines()
        self._built_in = {_module_name(file) for file in built_in}

    def install(self, names: tuple[str, ...], root: Path) -> None:
        """Copy modules and what they need to ``root/lib/modules``, unpacked, as busybox wants them.

        Raises
        ------
        PackagesError
            If the kernel has no such module.
        """
        target = root / "lib/modules" / self.version
        for name in names:
            if name in self._built_in:
                continue
            if name not in self._needs:
                raise PackagesError(f"kernel {self.version} has no module {name}")
            for file in self._needs[name]:
                unpacked = target / file.removesuffix(".xz")
                unpacked.parent.mkdir(parents=True, exist_ok=True)
                content = (self._modules / file).read_bytes()
                unpacked.write_bytes(lzma.decompress(content) if file.endswith(".xz") else content)
        for listed in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(self._modules / listed, target / listed)
        run("depmod", "-b", str(root), self.version)


def _module_name(file: str) -> str:
    return Path(file).name.split(".")[0].replace("-", "_")


def _install(script: Path, target: Path) -> None:
    shutil.copyfile(script, target)
    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _make_disk(root: Path, disk: Path) -> None:
    used = sum(path.lstat().st_size for path in root.rglob("*")) // 2**20
    size_mb = used * 5 // 4 + _SPARE_MB
    run(
        "mke2fs",
        "-q",
        "-t",
        "ext4",
        "-O",
        "^has_journal",
        "-m",
        "0",
        "-d",
        str(root),
        str(disk),
        f"{size_mb}M",
    )
