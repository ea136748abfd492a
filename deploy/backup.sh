#!/bin/sh
# Back a clinic up into one file, and restore it.
#
#   sudo deploy/backup.sh save    /srv/lumbar  clinic-2026-03-01.tar
#   sudo deploy/backup.sh restore clinic-2026-03-01.tar  /srv/lumbar
#
# `save` may run while the services do: the SQLite store is copied by its own backup command, InfluxDB by
# `influx backup` (INFLUX says how to call it: "docker compose exec -T influxdb influx", say; left out, or where
# there is no data of it, there is no InfluxDB). The broker's memory is not saved: homes send again what the
# store does not have. `restore` wants an empty folder and the services stopped; afterwards start them, restore
# InfluxDB with the command that is printed, and run `lumbar clinic resend --since` the day of the backup.
#
# The file holds every secret of the clinic and everything it knows of its patients. It is written with mode
# 600; keep it encrypted, and let old ones go, or what a patient had erased lives on in them.
set -eu
umask 077

usage() { sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
fail() { echo "backup: $1" >&2; exit 1; }
[ $# = 3 ] || usage

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# SQLite's own backup: a whole and consistent copy, also while the recorder writes.
copy_store='
import sqlite3, sys
source, copy = (sqlite3.connect(path, timeout=10) for path in sys.argv[1:3])
source.backup(copy)
copy.close()
'

case $1 in
save)
    folder=$2 file=$3
    [ -f "$folder/host" ] || fail "$folder is no clinic's folder"
    [ ! -e "$file" ] || fail "$file exists; name another file"
    mkdir "$work/clinic"
    (cd "$folder" && tar -cf - host recorder.toml review.toml compose.env secrets tls mosquitto/passwords) \
        | tar -xpf - -C "$work/clinic"
    mkdir -p "$work/clinic/data/recorder" "$work/clinic/data/review"
    for store in "$folder"/data/recorder/*.sqlite "$folder"/data/review/*.sqlite; do
        [ -f "$store" ] || continue
        command -v python3 >/dev/null 2>&1 || fail "python3 is missing: apt-get install python3"
        python3 -c "$copy_store" "$store" "$work/clinic/${store#"$folder"/}"
    done
    for poison in "$folder"/data/recorder/*.jsonl*; do
        [ ! -f "$poison" ] || cp -p "$poison" "$work/clinic/data/recorder/"
    done
    if [ -n "${INFLUX:-}" ]; then
        token=$(head -n 1 "$folder/secrets/influxdb-token")
        mkdir "$work/clinic/influxdb-backup"
        $INFLUX backup /tmp/lumbar-backup --token "$token" >&2
        # Inside its container the backup lies where only `influx`'s own container can see it.
        ${INFLUX%influx} tar -cf - -C /tmp lumbar-backup | tar -xf - -C "$work/clinic/influxdb-backup"
        ${INFLUX%influx} rm -rf /tmp/lumbar-backup
    fi
    tar -cf "$file.part" -C "$work" clinic
    mv "$file.part" "$file"
    echo "saved $(du -h "$file" | cut -f1) in $file"
    ;;
restore)
    file=$2 folder=$3
    [ -f "$file" ] || fail "there is no $file"
    [ -z "$(ls -A "$folder" 2>/dev/null)" ] || fail "$folder is not empty; move it away first"
    tar -xpf "$file" -C "$work"
    [ -f "$work/clinic/host" ] || fail "$file is no backup of a clinic"
    mkdir -p "$folder"
    cp -a "$work/clinic/." "$folder/"
    mkdir -p "$folder/mosquitto/data" "$folder/data/influxdb" "$folder/data/influxdb-config" "$folder/data/grafana"
    echo "restored into $folder; start the services"
    if [ -d "$folder/influxdb-backup" ]; then
        echo "then: docker compose cp $folder/influxdb-backup/lumbar-backup influxdb:/tmp/"
        echo "and:  docker compose exec influxdb influx restore --full /tmp/lumbar-backup --token TOKEN"
    fi
    echo "then: lumbar clinic resend --since DAY-OF-THE-BACKUP --config $folder/recorder.toml"
    ;;
*) usage ;;
esac
