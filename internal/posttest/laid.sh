# Runs a server as root until standard input ends, then removes its folder, which
# is $1. $2 is the folder that the server's usr/ is in, and $3 the command.
#
# Debian's servers know their parts by where Debian has them. So this process,
# which has file systems and process ids of its own (see unshare), lays the
# unpacked programs over /usr and the folder's etc/ over /etc, and has them keep
# what they keep in memory. It is the first of its processes: with it all end.
trap "" INT HUP # a Ctrl-C ends the tests, and so standard input
id=61900
chown -R root:root "$1"
chmod 755 "$1"
[ "$2" = / ] || mount -t overlay overlay -o "lowerdir=$2/usr:/usr" /usr
for kept in /run /var/lib /var/spool; do mount -t tmpfs tmpfs "$kept"; done
if [ -d "$1/etc" ]; then
	# Users that a server insists on, and that only its installation makes.
	cp /etc/passwd /etc/group "$1/etc"
	for user in Debian-exim opensmtpd opensmtpq; do
		id=$((id + 1))
		grep -q "^$user:" /etc/passwd || echo "$user:x:$id:$id::/:/bin/false" >>"$1/etc/passwd"
		grep -q "^$user:" /etc/group || echo "$user:x:$id:" >>"$1/etc/group"
	done
	mount -t overlay overlay -o "lowerdir=$1/etc:/etc" /etc
fi
cd "$1"
eval "$3" </dev/null &
cat >/dev/null
exec >/dev/null 2>&1 # whoever listened may be gone
kill "$!" || true
wait "$!" || true
cd /
rm -rf "$1"
