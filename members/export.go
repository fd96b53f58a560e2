package members

import (
	"context"
	"encoding/csv"
	"io"
	"strings"
	"unicode/utf8"

	"postrider/magazine"
	"postrider/store"
)

// Export writes those who get a newsletter as CSV that Import takes: people who
// have not confirmed, or must not be mailed, are left out.
func (m *Members) Export(ctx context.Context, newsletter string, out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.Write([]string{"email", "name", "timezone", "language", "author", "section", "tag", "frequency", "hour", "tier", "tier_ends", "paused_until"}); err != nil {
		return err
	}
	letter := m.Newsletter(newsletter)
	err := m.store.EachSubscriber(ctx, func(p store.SubscriberListing) error {
		for i := range p.Subscriptions {
			n := &p.Subscriptions[i]
			if n.Newsletter != newsletter || n.State != magazine.SubscriptionActive || p.State != magazine.Confirmed || p.Suppressed != "" {
				continue
			}
			slugs := map[magazine.FollowKind][]string{}
			for _, f := range n.Follows {
				slugs[f.Kind] = append(slugs[f.Kind], f.Slug)
			}
			hour := n.Hour
			if letter == nil || !letter.OwnHour { // it counts for nothing, and Import would refuse it
				hour = ""
			}
			return w.Write([]string{Shield(p.Email), Shield(p.Name), p.Timezone, p.Language, strings.Join(slugs[magazine.FollowAuthor], " "), strings.Join(slugs[magazine.FollowSection], " "),
				Shield(joinTags(slugs[magazine.FollowTag])), n.Frequency, hour, string(p.Tier), m.TierEndsOn(p.Subscriber), pauseWords(store.Pause{Until: n.PausedUntil, Fresh: n.Fresh})})
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// NoteExport keeps who had the list of a newsletter's people.
func (m *Members) NoteExport(ctx context.Context, newsletter, who string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		return tx.PutAct(ctx, store.Act{Who: who, What: "export", Newsletter: newsletter, Detail: "the list of those who get it"})
	})
}

// formula begins what spreadsheets would run.
const formula = "=+-@\t\r＝＋－＠"

// Shield puts an apostrophe before what a spreadsheet would take for a formula,
// and before what looks as if that was done; Import takes it off again. A formula may
// begin behind a semicolon or a tab as well: where these part fields, spreadsheets part
// by them what we part by commas.
func Shield(s string) string {
	var b strings.Builder
	begins := true
	for i := range len(s) {
		if begins && likeFormula(s[i:]) {
			b.WriteByte('\'')
		}
		b.WriteByte(s[i])
		begins = s[i] == ';' || s[i] == '\t'
	}
	return b.String()
}

func unshield(s string) string {
	var b strings.Builder
	begins := true
	for i := range len(s) {
		if shield := begins && s[i] == '\'' && likeFormula(s[i+1:]); !shield {
			b.WriteByte(s[i])
		}
		begins = s[i] == ';' || s[i] == '\t'
	}
	return b.String()
}

// likeFormula tells that a text begins with a formula, but for apostrophes before it.
func likeFormula(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, "'"))
	return strings.ContainsRune(formula, r)
}
