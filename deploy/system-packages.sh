#!/bin/sh
# Install Debian or Ubuntu packages when their programs are missing.
#
#   deploy/system-packages.sh mosquitto:mosquitto chromium:chromium
#
# Each word is program:package. As root, or where sudo asks no password, the missing packages are installed;
# otherwise the command to type is printed and the exit status is 1.
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
# shellcheck disable=SC2086 # the lists are meant to be split into words
{
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
