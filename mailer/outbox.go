package mailer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// outboxWait is how long a folder that cannot be written is left alone.
const outboxWait = time.Minute

// Outbox is a folder into which messages are written instead of being sent.
// A message is a file named by its Message-ID, so a repeat overwrites it.
type Outbox struct {
	Folder string           // made when first needed, for its owner only
	Now    func() time.Time // for the time to try again
}

// Open makes the folder where it is missing.
func (o *Outbox) Open(ctx context.Context, _ Haste) (Conversation, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, unusable("cannot use the outbox folder "+o.Folder, o.Now().Add(outboxWait), []Result{o.fault(PhaseConnect, err)})
	}
	return outboxConversation{o}, nil
}

type outboxConversation struct{ outbox *Outbox }

func (c outboxConversation) Ready(ctx context.Context) error { return ctx.Err() }
func (c outboxConversation) Wanted() bool                    { return false }
func (c outboxConversation) Close() error                    { return nil }

// Send writes the file. It is on disk, under its final name, when Send says Sent.
func (c outboxConversation) Send(ctx context.Context, p, _ *Parcel) Result {
	if p.refused != nil {
		refused := *p.refused
		refused.Relay = "outbox"
		return refused
	}
	if err := ctx.Err(); err != nil {
		return c.outbox.fault(PhaseData, err)
	}
	if err := writeDurably(c.outbox.Folder, fileName(p.MessageID), p); err != nil {
		return c.outbox.fault(PhaseData, err)
	}
	return Result{State: Sent, Phase: PhaseMessage, Relay: "outbox"}
}

func (o *Outbox) fault(phase Phase, err error) Result {
	return Result{
		State: Deferred, Blame: BlameRelay, Phase: phase, Relay: "outbox", RetryAfter: outboxWait,
		Reason: fmt.Sprintf("the outbox cannot be written: %v; make the folder writable or set another", err),
	}
}

// fileName turns a Message-ID into a name that is safe on any file system:
// other bytes than letters, digits and @ . _ - become %XX; what is too long is
// cut and told apart by a hash.
func fileName(id string) string {
	var b strings.Builder
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '@', c == '_', c == '-', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := b.String()
	if len(name) > 200 {
		sum := sha256.Sum256([]byte(id))
		name = name[:160] + "-" + hex.EncodeToString(sum[:8])
	}
	return name + ".eml"
}

// writeDurably writes aside and renames, so that nobody sees half a file, and
// syncs file and folder, so that a power cut loses nothing that was confirmed.
func writeDurably(folder, name string, content io.WriterTo) (err error) {
	f, err := os.CreateTemp(folder, ".writing-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		f.Close() // again, where it went well; that does no harm
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err := content.WriteTo(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(folder, name)); err != nil {
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
