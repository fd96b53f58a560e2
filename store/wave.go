package store

import "strings"

// A Wave is those of an audience who get an edition at one time on the clocks of
// one zone.
type Wave struct {
	Zone string // as they named it; empty: they named none
	Hour string // their own, as "07:00"; empty: they have none; AnyHour
}

// AnyHour is the Hour of a wave to which everybody of its zone belongs.
const AnyHour = "any"

// MarshalText writes a wave as a range keeps it: its zone alone where anybody of
// it belongs to it, else with the hour behind a space.
func (w Wave) MarshalText() ([]byte, error) {
	if w.Hour == AnyHour {
		return []byte(w.Zone), nil
	}
	return []byte(w.Zone + " " + w.Hour), nil
}

// UnmarshalText reads what MarshalText writes.
func (w *Wave) UnmarshalText(text []byte) error {
	zone, hour, ok := strings.Cut(string(text), " ")
	if !ok {
		hour = AnyHour
	}
	*w = Wave{zone, hour}
	return nil
}
