package daemon

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"postrider/magazine"
	"postrider/mailer"
)

// Messages of an edition that are refused in a row for the message's or its sender's
// sake, with one code and in several domains, are a sign that all others would be:
// the edition is held.
const (
	rebuffsHold   = 20
	rebuffDomains = 3
)

// rebuffs counts them, by edition. It is held in memory: a new start counts anew.
type rebuffs struct {
	some atomic.Int32 // editions that have any

	mu sync.Mutex
	of map[string]*rebuff
}

type rebuff struct {
	code    string
	n       int
	domains map[string]bool
}

// note notes what came of a message to an address, and says why the edition is to
// be held; empty: it is not.
func (r *rebuffs) note(edition, email string, result mailer.Result) (why string) {
	refused := result.State == mailer.Failed && result.Blame == mailer.BlameMessage && result.Code/100 == 5
	if !refused && (result.State != mailer.Sent || r.some.Load() == 0) {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.some.Store(int32(len(r.of))) }()
	if !refused {
		delete(r.of, edition)
		return ""
	}
	code := fmt.Sprint(result.Code)
	if result.Enhanced != "" {
		code += " " + result.Enhanced
	}
	row := r.of[edition]
	if row == nil || row.code != code {
		row = &rebuff{code: code, domains: map[string]bool{}}
		if r.of == nil {
			r.of = map[string]*rebuff{}
		}
		r.of[edition] = row
	}
	row.n++
	if len(row.domains) < rebuffDomains {
		row.domains[domainOf(email)] = true
	}
	if row.n < rebuffsHold || len(row.domains) < rebuffDomains {
		return ""
	}
	delete(r.of, edition) // when it is released it is counted anew
	return magazine.RefusedInARow.Text(strconv.Itoa(row.n), code, result.Reason, edition)
}

// rebuffed holds an edition whose messages are refused in a row, and tells whether.
func (d *Daemon) rebuffed(ctx context.Context, e *magazine.Edition, email string, result mailer.Result) (held bool, err error) {
	why := d.rebuffs.note(e.ID, email, result)
	if why == "" {
		return false, nil
	}
	return true, d.hold(context.WithoutCancel(ctx), e, fmt.Errorf("%s", why))
}
