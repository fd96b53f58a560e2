# Runs Postfix as root until standard input ends, then removes its folder.
# $1 is that folder, $2 the folder that Postfix's usr/ is in.
trap "" INT HUP # a Ctrl-C ends the tests, and so standard input
cd "$1"
mkdir -p queue/pid
install -d -o mail data queue/incoming queue/active queue/deferred queue/hold queue/corrupt \
	queue/bounce queue/defer queue/trace queue/flush queue/saved queue/maildrop queue/private queue/public
export LD_LIBRARY_PATH="$2/usr/lib/postfix"
# In a process group of its own, which Postfix ends when it is ended.
setsid "$2/usr/lib/postfix/sbin/master" -d -c "$1" </dev/null &
cat >/dev/null
exec >/dev/null 2>&1 # whoever listened may be gone
kill "$!" || true
wait "$!" || true
cd /
rm -rf "$1"
