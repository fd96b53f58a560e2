package admin

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/templates"
)

// functions are what templates may call.
func (d *Desk) functions(w *templates.Words) template.FuncMap {
	zone := zoneOf(d.Publication)
	return template.FuncMap{
		"link":       d.site.Path,
		"style":      func() string { return d.site.Style },
		"script":     func() string { return d.site.Script },
		"n":          w.Number,
		"when":       func(at time.Time) template.HTML { return stamp(w, d.Store.Now(), at.In(zone)) },
		"role":       func(r magazine.Role) string { return w.T("desk.role." + string(r)) },
		"state":      func(state any) string { return w.T("desk.state." + fmt.Sprint(state)) },
		"step":       func(s store.ImportState) string { return w.T("desk.step." + string(s)) },
		"column":     func(kind string) string { return w.T("desk.column." + kind) },
		"inc":        func(i int) int { return i + 1 },
		"place":      func(i int) int { return 10 * (i + 1) }, // so that there is room between two
		"people":     func(n int, known bool) string { return orDots(w, n, known) },
		"date":       w.Date,
		"dayOfMonth": func(at time.Time) string { return w.Figures(strconv.Itoa(at.Day())) },
		"short":      func(n int) string { return short(w, n) },
		"standing":   func(s magazine.SubscriberState) string { return w.T("desk.standing." + string(s)) },
		"n64":        func(n int64) string { return w.Number(int(n)) },
		"month":      w.Month,
		"weekday":    w.Weekday,
		"letter":     d.titleOf,
		"clock":      func(at time.Time) string { return w.Figures(at.Format("15:04")) },
		"its":        func(at time.Time) string { return Clock(w, d.Store.Now(), at) },
		"roles":      func() []magazine.Role { return []magazine.Role{magazine.Viewer, magazine.Editor, magazine.Owner} },
	}
}

// orDots is a number that may still be being counted.
func orDots(w *templates.Words, n int, known bool) string {
	if !known {
		return "…"
	}
	return w.Number(n)
}

func zoneOf(p *magazine.Publication) *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// stamp is an instant as people compare it, how far it is, and then as it is on the
// clocks: "in 12 min · Friday 07:00 (Nairobi)".
func stamp(w *templates.Words, now, at time.Time) template.HTML {
	if at.IsZero() {
		return ""
	}
	return template.HTML(`<time datetime="` + at.UTC().Format(time.RFC3339) + `"><bdi>` + template.HTMLEscapeString(distance(w, at.Sub(now))) + `</bdi> <span class="meta">` +
		template.HTMLEscapeString(Clock(w, now, at)) + "</span></time>")
}

// Clock is a time with its zone: by its weekday where that is plain.
func Clock(w *templates.Words, now, at time.Time) string {
	name, clock := at.Location().String(), w.Figures(at.Format("15:04"))
	city := strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
	if at.Sub(now).Abs() < 7*24*time.Hour {
		return w.T("preferences.on-day", "weekday", w.Weekday(at), "time", clock, "city", city)
	}
	return w.T("preferences.on-date", "date", w.Date(at), "time", clock, "city", city)
}

// short is a number where there is little room: 4,812 or 1,2 M.
func short(w *templates.Words, n int) string {
	switch {
	case n >= 1_000_000:
		return w.Figures(strconv.FormatFloat(float64(n)/1_000_000, 'f', 1, 64)) + " M"
	case n >= 10_000:
		return w.Number(n/1000) + " k"
	}
	return w.Number(n)
}

// distance is how far an instant is: to the minute within two hours, to the hour
// within two days, else to the day.
func distance(w *templates.Words, d time.Duration) string {
	far, much := d.Abs(), ""
	switch {
	case far < time.Minute:
		return w.T("desk.now")
	case far < 2*time.Hour:
		much = w.T("desk.minutes", "n", int(far/time.Minute))
	case far < 48*time.Hour:
		much = w.T("desk.hours", "n", int(far/time.Hour))
	default:
		much = w.T("desk.days", "n", int(far/(24*time.Hour)))
	}
	if d > 0 {
		return w.T("desk.in", "time", much)
	}
	return w.T("desk.ago", "time", much)
}
