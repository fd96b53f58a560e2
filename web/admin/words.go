package admin

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/members"
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
		"cells":      cells,
		"say":        func(s Said) string { return s.Say(w, d.Store.Now(), zone) },
		"because":    func(text string) string { return reason(w, text) },
		"problem":    func(p members.LineProblem) string { return problem(w, p) },
		"wrong":      func(one *members.Wrong) string { return wrongIn(w, *one) },
		"roles":      func() []magazine.Role { return []magazine.Role{magazine.Viewer, magazine.Editor, magazine.Owner} },
	}
}

// Said is a message with its values, each after its name, which is put into words
// when somebody reads it: instants as clocks show them, numbers in their figures.
type Said struct {
	Message string // empty: there is nothing to say
	Args    []any
}

// Because is a reason as the database has it, among the values of Said.
type Because string

// Say puts it into the reader's words, where it is one of ours.
func (b Because) Say(w *templates.Words) string { return reason(w, string(b)) }

// Say puts it into words; zone is that of the clocks.
func (s Said) Say(w *templates.Words, now time.Time, zone *time.Location) string {
	if s.Message == "" {
		return ""
	}
	args := slices.Clone(s.Args)
	for i := 1; i < len(args); i += 2 {
		switch v := args[i].(type) {
		case time.Time:
			args[i] = Clock(w, now, v.In(zone))
		case int:
			args[i] = w.Number(v)
		case Because:
			args[i] = v.Say(w)
		case Said:
			args[i] = v.Say(w, now, zone)
		}
	}
	return w.T(s.Message, args...)
}

// reason is why something stands where it does, in the reader's language where it is
// one of ours.
func reason(w *templates.Words, text string) string {
	r, args := magazine.ReadReason(text)
	if r == "" {
		return text
	}
	for i := 0; i+1 < len(args); i += 2 {
		switch args[i] {
		case "while", "grace":
			args[i+1] = while(w, args[i+1].(string))
		case "why":
			args[i+1] = reason(w, args[i+1].(string))
		}
	}
	return w.T("reason."+string(r), args...)
}

// problem is why a line of a list cannot be used.
func problem(w *templates.Words, p members.LineProblem) string {
	var said []string
	for _, one := range p.Wrong {
		said = append(said, wrongIn(w, one))
	}
	text := strings.Join(said, " ")
	if p.Line == 0 {
		return text
	}
	return w.T("line.at", "n", p.Line, "what", text)
}

// wrongIn says what is wrong in the reader's language; in English, where there is no
// message for it, as of what was kept before there was one.
func wrongIn(w *templates.Words, one members.Wrong) string {
	if !w.Has(one.Message) {
		return one.Text
	}
	var args []any
	for i := 0; i+1 < len(one.Args); i += 2 {
		switch name, value := one.Args[i], one.Args[i+1]; name {
		case "why":
			args = append(args, name, w.T(value))
		case "n":
			args = append(args, name, w.Figures(value))
		default:
			args = append(args, name, value)
		}
	}
	return w.T(one.Message, args...)
}

// units are the messages of what times are counted in, by the English words.
var units = map[string]string{"day": "desk.days", "hour": "desk.hours", "minute": "desk.minutes", "second": "desk.seconds"}

// while is a time that stands in English words, as in "3 hours".
func while(w *templates.Words, text string) string {
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	message := units[strings.TrimSuffix(unit, "s")]
	if err != nil || message == "" {
		return text
	}
	return w.T(message, "n", n)
}

// cells are what became of an edition's deliveries, or of some of them, each leading to
// the list of those that it counts. by says what of it these are, relay or domain;
// empty: it is all.
type cellsOf struct{ Cells []cell }

type cell struct {
	N   int
	To  string // empty: it is no list of its own
	Bad bool
}

func cells(edition, by string, of any) (c cellsOf, err error) {
	var p store.Part
	switch of := of.(type) {
	case store.Part:
		p = of
	case magazine.Counts:
		p = store.Part{Sent: of.Sent, Failed: of.Failed, Deferred: of.Deferred, Skipped: of.Skipped}
	default:
		return c, fmt.Errorf("%T has no counts", of)
	}
	for _, one := range []struct {
		state magazine.DeliveryState
		n     int
	}{{magazine.Sent, p.Sent}, {magazine.Failed, p.Failed}, {magazine.Deferred, p.Deferred}, {magazine.Skipped, p.Skipped}} {
		to := cell{N: one.n, Bad: one.state == magazine.Failed && one.n > 0}
		if q := (url.Values{"state": {string(one.state)}}); by == "" || p.Name != "" {
			if by != "" {
				q.Set(by, p.Name)
			}
			to.To = "/desk/editions/" + edition + "/deliveries/?" + q.Encode()
		}
		c.Cells = append(c.Cells, to)
	}
	return c, nil
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
