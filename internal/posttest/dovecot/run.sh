# Runs Dovecot as nobody until standard input ends, then removes its folder.
# $1 is that folder, $2 the folder that Dovecot's usr/ is in: it knows its parts
# by where Debian has them, so an unpacked one is laid over this process's /usr.
trap "" INT HUP # a Ctrl-C ends the tests, and so standard input
[ "$2" = / ] || mount -t overlay overlay -o "lowerdir=$2/usr:/usr" /usr
cd "$1"
chown -R nobody:nogroup .
nobody="setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs"
$nobody /usr/sbin/dovecot -F -c "$1/dovecot.conf" </dev/null &
cat >/dev/null
exec >/dev/null 2>&1 # whoever listened may be gone
kill "$!" || true
wait "$!" || true
cd /
rm -rf "$1"
