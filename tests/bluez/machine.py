"""A small virtual machine that is this computer's Bluetooth adapter: Debian's kernel and bluetoothd in QEMU.

Everything of ours stays outside: the machine's "Bluetooth chip" is a port of the virtual radio
(:mod:`firmware_sim.virtual_radio`), which the machine's kernel takes for a serial one, and its message bus is
reached over TCP on loopback. A program started with :attr:`Machine.environment` finds BlueZ there and nothing
else has to be said to it.

Emulation in software is enough; KVM is used where the processor truly has it. (``/dev/kvm`` alone proves
nothing: in a nested machine it may open and be of no use.)
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final, Self

from firmware_sim.ports import free_port
from tests.bluez.image import Image

_LOOPBACK: Final = "127.0.0.1"
_MEMORY_MB: Final = 256
_BOOT_S: Final = 180.0
"""It takes 10 s on a quiet machine, ten times that on a busy one."""
_ADAPTER_S: Final = 60.0
"""From then until the adapter is on; it takes 2 s."""
_ANSWER_S: Final = 30.0
_END_S: Final = 5.0
_LOOK_S, _LOOK_ANSWER_S = 0.2, 3.0
"""Between two looks at a machine that is being waited for, and for one. QEMU accepts connections before the
machine can."""
_ADAPTER_IS_ON: Final = (
    "dbus-send --system --print-reply --dest=org.bluez /org/bluez/hci0 org.freedesktop.DBus.Properties.Get "
    "string:org.bluez.Adapter1 string:Powered 2>/dev/null | grep -q 'boolean true'"
)
_BUS_PORT, _SHELL_PORT = 1, 2
"""Of the guest."""


class MachineError(Exception):
    """The machine does not do what it should; the text says what and where its log is."""


def find_qemu() -> str | None:
    """Return the program that emulates a PC, if it is installed."""
    return shutil.which("qemu-system-x86_64")


class Machine:
    """The machine, from :meth:`start` to :meth:`stop`; a context manager stops it too.

    Parameters
    ----------
    image
        Its files; none is written to.
    radio_port
        The virtual radio's port on loopback that is its Bluetooth chip. The machine holds it open.
    log
        File for what its console says.
    """

    def __init__(self, image: Image, radio_port: int, log: Path) -> None:
        self._image, self._radio_port, self._log = image, radio_port, log
        self._process: subprocess.Popen[bytes] | None = None
        self.bus_port, self._shell_port = free_port(), free_port()
        self.boot_s = 0.0
        """How long it took until the adapter was on."""

    @property
    def environment(self) -> dict[str, str]:
        """What a program's environment needs so that it uses this machine's BlueZ, as its root."""
        return {
            "DBUS_SYSTEM_BUS_ADDRESS": f"tcp:host={_LOOPBACK},port={self.bus_port}",
            "BLEAK_DBUS_AUTH_UID": "0",
        }

    def start(self) -> None:
        """Boot, and wait until the adapter is on.

        Raises
        ------
        MachineError
            If it does not come up.
        """
        began_s = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._await_door()
            self._await_adapter()
        except MachineError:
            self.stop()
            raise
        self.boot_s = time.monotonic() - began_s

    def stop(self) -> None:
        """End the machine as a power cut would: it keeps nothing."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def run(self, line: str) -> str:
        """Carry out one line of shell as the machine's root, and return what it printed.

        Raises
        ------
        MachineError
            If it fails, or there is no answer.
        """
        said, status = self._ask(line)
        if status != 0:
            raise MachineError(f"the machine's {line!r} ended with status {status}: {said.strip()}")
        return said

    def _await_door(self) -> None:
        """Wait until the machine carries out commands."""
        deadline_s = time.monotonic() + _BOOT_S
        while True:
            with contextlib.suppress(MachineError):
                self._ask("true", _LOOK_ANSWER_S)
                return
            if self._process is None or self._process.poll() is not None:
                raise MachineError(f"the machine does not run; see {self._log}")
            if time.monotonic() > deadline_s:
                raise MachineError(f"the machine did not boot within {_BOOT_S:.0f} s; see {self._log}")
            time.sleep(_LOOK_S)

    def _await_adapter(self) -> None:
        """Wait until bluetoothd has the adapter on; the machine itself looks, one look at a time."""
        try:
            said, status = self._ask(f"until {_ADAPTER_IS_ON}; do usleep 200000; done", _ADAPTER_S)
        except MachineError as error:
            raise MachineError(f"the adapter was not on within {_ADAPTER_S:.0f} s: {error}") from error
        if status != 0:
            raise MachineError(f"no look at the adapter: {said}")

    def kill_bluetoothd(self) -> None:
        """End bluetoothd as a crash would; nothing starts it again."""
        self.run("kill -9 $(pidof bluetoothd)")

    def start_bluetoothd(self) -> None:
        """Start bluetoothd, and wait until it has the adapter on."""
        self.run("start-bluetooth")
        self._await_adapter()

    def _ask(self, line: str, within_s: float = _ANSWER_S) -> tuple[str, int]:
        try:
            with socket.create_connection((_LOOPBACK, self._shell_port), within_s) as door:
                door.sendall(line.encode() + b"\n")
                answer = b"".join(iter(lambda: door.recv(65536), b"")).decode(errors="replace")
        except OSError as error:
            raise MachineError(f"the machine does not answer ({error}); see {self._log}") from error
        said, mark, status = answer.rpartition("status ")
        if not mark:
            raise MachineError(f"the machine answered {answer!r}; see {self._log}")
        return said, int(status)

    def _command(self) -> list[str]:
        image = self._image
        accelerators = ["-accel", "kvm"] * _has_kvm() + ["-accel", "tcg"]  # the second if the first fails
        doors = "".join(
            f",hostfwd=tcp:{_LOOPBACK}:{outside}-10.0.2.15:{inside}"
            for outside, inside in ((self.bus_port, _BUS_PORT), (self._shell_port, _SHELL_PORT))
        )
        console = (
            "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off audit=0 tsc=reliable no_timer_check"
        )
        return [
            *("setpriv", "--pdeathsig", "KILL"),  # it does not outlive tests that are killed
            find_qemu() or "qemu-system-x86_64",
            *("-M", "q35", *accelerators, "-cpu", "max", "-m", str(_MEMORY_MB), "-smp", "1"),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"),
            *("-kernel", str(image.kernel), "-initrd", str(image.initrd), "-append", console),
            *("-drive", f"file={image.disk},format=raw,if=none,id=disk,cache=unsafe,snapshot=on"),
            *("-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci"),
            *("-netdev", f"user,id=net,restrict=on{doors}", "-device", "virtio-net-pci,netdev=net,romfile="),
            *("-chardev", f"socket,id=radio,host={_LOOPBACK},port={self._radio_port}"),
            *("-device", "virtio-serial-pci", "-device", "virtconsole,chardev=radio"),
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _has_kvm() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return os.access("/dev/kvm", os.W_OK) and not {"vmx", "svm"}.isdisjoint(flags)
