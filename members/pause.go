package members

import (
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

const (
	indefinitely = "indefinitely" // a pause without an end
	freshly      = "fresh"        // after it: what comes in the pause does not wait
)

// parsePause reads a pause as a list writes it: a date, an instant as RFC 3339
// has it, or "indefinitely"; then "fresh", where what comes in it does not wait.
// A date begins in a zone. Nothing written: no pause.
func parsePause(text string, zone *time.Location) (p store.Pause, err error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return p, nil
	}
	if p.Fresh = len(words) == 2 && words[1] == freshly; !p.Fresh && len(words) > 1 {
		return store.Pause{}, badPause(text)
	}
	if words[0] == indefinitely {
		p.Until = magazine.Indefinitely
		return p, nil
	}
	if p.Until, err = time.Parse(time.RFC3339, strings.ToUpper(words[0])); err != nil {
		p.Until, err = magazine.ParseDay(words[0], zone)
	}
	if err != nil || p.Until.After(magazine.Indefinitely) {
		return store.Pause{}, badPause(text)
	}
	p.Until = p.Until.UTC().Truncate(time.Microsecond) // as it is kept
	return p, nil
}

func badPause(text string) error {
	return magazine.Errorf(magazine.Invalid, "%q is no end of a pause; write a date like 2026-12-01, or %s; and %s after it where what comes meanwhile is not to wait", cut(text, 60), indefinitely, freshly).Said("preferences.bad-day", "day", cut(strings.TrimSuffix(text, " "+freshly), 60))
}

// pauseWords writes a pause so that parsePause reads the same.
func pauseWords(p store.Pause) string {
	words := p.Until.UTC().Format(time.RFC3339Nano)
	switch {
	case p.Until.IsZero():
		return ""
	case p.Until.Equal(magazine.Indefinitely):
		words = indefinitely
	}
	if p.Fresh {
		words += " " + freshly
	}
	return words
}
