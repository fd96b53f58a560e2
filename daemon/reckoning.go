package daemon

import (
	"errors"

	"postrider/config"
	"postrider/hijri"
)

// reckoning is the publication's Hijri calendar with its corrections.
func reckoning(p *config.Publication) (hijri.Reckoning, error) {
	calendar, err := hijri.ParseCalendar(p.Hijri)
	if err != nil {
		return hijri.Reckoning{}, err
	}
	var corrections []hijri.Correction
	for _, k := range p.HijriCorrections {
		corrections = append(corrections, hijri.Correction{Year: k.Year, Month: hijri.Month(k.Month), Days: k.Days})
	}
	return hijri.NewReckoning(calendar, corrections...)
}

// correctionMistakes finds corrections that the calendar cannot have. Whether
// there is a calendar is not for this: the configuration knows.
func correctionMistakes(p *config.Publication) (wrong []config.Mistake) {
	if p.Hijri == config.HijriNone {
		return nil
	}
	var misfits hijri.Misfits
	if _, err := reckoning(p); !errors.As(err, &misfits) {
		return nil
	}
	for _, m := range misfits {
		at := config.HijriCorrection{Year: m.Year, Month: int(m.Month)}
		wrong = append(wrong, config.Mistake{Path: at.Path(), Text: m.Text, Mend: m.Mend})
	}
	return wrong
}
