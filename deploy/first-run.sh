#!/bin/sh
# Make a clinic's folder: secrets, certificate authority, certificates, logins, settings.
#
#   sudo deploy/first-run.sh --host broker.clinic.example --timezone Europe/Vienna
#
# The options are those of `lumbar clinic init`. The folder is $LUMBAR_FOLDER, or /srv/lumbar. Uses docker, or
# with LUMBAR set that command (as LUMBAR=.venv/bin/lumbar). What is there already stays; run it again at will.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
folder=${LUMBAR_FOLDER:-/srv/lumbar}
mkdir -p "$folder"

if [ -n "${LUMBAR:-}" ]; then
    "$LUMBAR" clinic init --folder "$folder" "$@"
else
    # The services run as this user and no other reads the folder. Not as root, which `sudo` would be.
    if [ "$(id -u)" = 0 ]; then
        id lumbar >/dev/null 2>&1 || useradd --system --home-dir "$folder" --shell /usr/sbin/nologin lumbar
        chown lumbar: "$folder"
        owner="$(id -u lumbar):$(id -g lumbar)"
    else
        owner="$(id -u):$(id -g)"
    fi
    docker build -q -f "$here/Dockerfile" -t lumbar-monitor:0.1.0 "$here/.." >/dev/null
    docker run --rm --user "$owner" --volume "$folder:/srv/lumbar" lumbar-monitor:0.1.0 clinic init "$@"
    grep -q '^LUMBAR_FOLDER=' "$folder/compose.env" || echo "LUMBAR_FOLDER=$folder" >>"$folder/compose.env"
    echo "Next: docker compose --env-file $folder/compose.env -f $here/compose.yaml up -d"
fi
