#!/bin/sh
# Install Debian or Ubuntu packages when their programs are missing.
#
#   deploy/system-packages.sh mosquitto:mosquitto chromium:chromium
#
# Each word is program:package. As root, or where sudo asks no password, the missing packages are installed;
# otherwise the command to type is printed and the exit status is 1. Servers among them (mosquitto, influxdb,
# nginx) are neither started now nor at the next boot: tests and demo start their own, on loopback.
set -eu

missing=""
for pair in "$@"; do
    program=${pair%%:*}
    package=${pair#*:}
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null 2>&1 || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "These programs are missing; please install them with your system's package manager:$missing" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "Please type:  sudo apt-get install$missing" >&2
    exit 1
fi

echo "Installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive

# Debian asks this file before it starts a server of a package; 101 says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    trap '$as_root rm -f "$policy"' EXIT
fi
# shellcheck disable=SC2086 # the lists are meant to be split into words
{
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

for service in mosquitto influxdb nginx; do
    case "$missing" in
        *" $service"*) $as_root systemctl disable --quiet "$service" 2>/dev/null || true ;;
    esac
done
