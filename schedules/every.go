package schedules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"postrider/hijri"
	"postrider/magazine"
)

// readEvery reads a schedule in plain words: on which days, then at which times.
//
//	weekday at 07:00
//	day at 07:00 and 18:00
//	monday, wednesday and friday at 08:30
//	other friday at 09:00 from 2026-01-02
//	first monday of the month at 08:00
//	1st and 15th of the month at 06:30
//	last day of the month at 18:00
//	first day of the hijri month at 09:00
//	hour
//	issue + 2h
func readEvery(text string, calendar hijri.Reckoning) (recurrence, Problems) {
	e := &every{words: split(text), calendar: calendar}
	r := e.read()
	if e.wrong == nil && e.at < len(e.words) {
		e.fault("nothing more was expected", "end it before")
	}
	return r, e.wrong
}

// every is a text that is being read.
type every struct {
	words    []word
	at       int // the word to be read next
	wrong    Problems
	calendar hijri.Reckoning
}

// word is a word or a comma, in small letters.
type word struct {
	text string
	from int // its first character, counted from 1
}

func split(text string) (words []word) {
	inside := false
	for i, c := range []rune(text) {
		c = unicode.ToLower(c)
		switch {
		case unicode.IsSpace(c):
			inside = false
		case c == ',' || !inside:
			words = append(words, word{string(c), i + 1})
			inside = c != ','
		default:
			words[len(words)-1].text += string(c)
		}
	}
	return words
}

// fault says what is wrong with the next word, or that there is none. Only the
// first fault counts: what follows was read on a guess.
func (e *every) fault(text, mend string) {
	if e.wrong != nil {
		return
	}
	value, where := "", "at the end"
	if e.at < len(e.words) {
		w := e.words[e.at]
		value, where = w.text, fmt.Sprintf("at character %d", w.from)
	}
	e.wrong = Problems{magazine.Problem{Field: "every", Value: shorten(value), Text: where + ": " + text, Mend: mend}}
}

// peek is the next word; empty where there is none.
func (e *every) peek() string {
	if e.at >= len(e.words) {
		return ""
	}
	return e.words[e.at].text
}

// take takes some words, if they are next.
func (e *every) take(words ...string) bool {
	for i, w := range words {
		if e.at+i >= len(e.words) || e.words[e.at+i].text != w {
			return false
		}
	}
	e.at += len(words)
	return true
}

func (e *every) read() (r recurrence) {
	switch place := slices.Index(append(slices.Clone(places), "last"), e.peek()); {
	case e.take("hour"):
		return recurrence{dates: everyDate, times: product(1<<24-1, 1)}
	case e.take("issue"):
		return recurrence{issue: &afterIssue{e.delay()}}
	case e.take("other"):
		return e.fortnight()
	case numbered.MatchString(e.peek()):
		r.dates = monthly{e.daysOfTheMonth(), everyMonth, everyWeekday}
	case place >= 0:
		e.at++
		if place++; place > len(places) {
			place = last
		}
		r.dates = e.ofTheMonth(place)
	default:
		r.dates = monthly{everyDay, everyMonth, e.days()}
	}
	r.times = e.times()
	return r
}

// delay reads how long after an issue's publication: "+ 2h", or nothing.
func (e *every) delay() time.Duration {
	const mend = "write + and a number with m, h or d for minutes, hours or days, up to 14d, such as issue + 2h"
	text := e.peek()
	if text == "" {
		return 0
	}
	if e.take("+") {
		text = e.peek()
	}
	m := delayForm.FindStringSubmatch(text)
	if m == nil {
		e.fault("a delay was expected", mend)
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // at most five digits
	delay := time.Duration(n) * map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	if delay > 14*24*time.Hour {
		e.fault("the delay is too long", mend)
	}
	e.at++
	return delay
}

var delayForm = regexp.MustCompile(`^\+?([0-9]{1,5})([mhd])$`)

var everyDate = monthly{everyDay, everyMonth, everyWeekday}

// days reads "day", "weekday", or names of days.
func (e *every) days() (set uint64) {
	const workdays = 1<<6 - 1<<1
	switch {
	case e.take("day"):
		return everyWeekday
	case e.take("weekday"):
		return workdays
	}
	for more := true; more; more = e.another() {
		set |= 1 << e.weekday()
		if e.wrong != nil {
			return set
		}
	}
	return set
}

// another takes what stands between the items of a list: "a, b and c".
func (e *every) another() bool {
	comma := e.take(",")
	return e.take("and") || comma
}

// weekday reads the name of a day, in full or its first three letters.
func (e *every) weekday() time.Weekday {
	name := e.peek()
	for d := time.Sunday; d <= time.Saturday; d++ {
		if full := strings.ToLower(d.String()); name == full || name == full[:3] {
			e.at++
			return d
		}
	}
	mend := "write for example weekday at 07:00, friday at 09:00 or first monday of the month at 08:00"
	for d := time.Sunday; d <= time.Saturday; d++ {
		if full := strings.ToLower(d.String()); strings.HasPrefix(name, full[:3]) && strings.HasSuffix(strings.TrimSuffix(name, "s"), "day") {
			mend = "did you mean " + full + "?"
		}
	}
	e.fault("a day was expected: day, weekday, or monday to sunday", mend)
	return time.Sunday
}

// numbered is a day of the month by its number.
var numbered = regexp.MustCompile(`^([0-9]{1,3})(?:st|nd|rd|th)$`)

// daysOfTheMonth reads "1st, 8th and 15th of the month".
func (e *every) daysOfTheMonth() (set uint64) {
	for more := true; more; more = e.another() {
		n := 0
		if m := numbered.FindStringSubmatch(e.peek()); m != nil {
			n, _ = strconv.Atoi(m[1])
		}
		if n < 1 || n > 31 {
			e.fault("a day of the month was expected, 1st to 31st", "write for example 1st and 15th of the month at 06:30")
			return set
		}
		if e.peek() != ordinal(n) {
			e.fault("a day of the month was expected", "did you mean "+ordinal(n)+"?")
			return set
		}
		set |= 1 << n
		e.at++
	}
	e.month("15th of the month at 06:30")
	return set
}

// month reads "of the month".
func (e *every) month(example string) {
	if e.wrong == nil && !e.take("of", "the", "month") && !e.take("of", "month") {
		e.fault(`"of the month" was expected`, "write for example "+example)
	}
}

// ofTheMonth reads what follows first, second … or last.
func (e *every) ofTheMonth(place int) dates {
	weekdays := e.days()
	if weekdays == everyWeekday && (place == 1 || place == last) && e.hijriMonth() {
		return lunar{place, e.calendar}
	}
	e.month("first monday of the month at 08:00")
	if weekdays == everyWeekday && place > 0 {
		return monthly{1 << place, everyMonth, everyWeekday}
	}
	return nth{place, weekdays}
}

// hijriMonth reads "of the hijri month".
func (e *every) hijriMonth() bool {
	if !e.take("of", "the", "hijri", "month") && !e.take("of", "hijri", "month") {
		return false
	}
	if !reckons(e.calendar) {
		e.at -= 2
		e.fault("no Hijri calendar is chosen", "write hijri: civil or hijri: umm-al-qura under publication")
	}
	return true
}

// fortnight reads what follows "other". It has to say from when: else two
// machines could count the weeks differently.
func (e *every) fortnight() recurrence {
	begin := e.at
	day := e.weekday()
	r := recurrence{times: e.times()}
	if e.wrong != nil {
		return r
	}
	example := fmt.Sprintf("write for example other %s at 09:00 from 2026-01-%02d", strings.ToLower(day.String()), 4+day) // 2026-01-04 is a Sunday
	if !e.take("from") {
		e.fault("every other week from when?", example)
		return r
	}
	from, err := time.Parse(time.DateOnly, e.peek())
	switch {
	case err != nil:
		e.fault("a date was expected", example)
	case from.Year() < 1900 || from.Year() > 2200:
		e.fault("a year from 1900 to 2200 was expected", example)
	case from.Weekday() != day:
		e.fault(fmt.Sprintf("%s is a %s, not a %s", e.peek(), from.Weekday(), day), "write "+from.AddDate(0, 0, int(day-from.Weekday()+7)%7).Format(time.DateOnly)+", or "+strings.ToLower(from.Weekday().String())+" instead of "+e.words[begin].text)
	default:
		e.at++
	}
	r.dates = fortnightly{from}
	return r
}

// clockTime is a time of day.
var clockTime = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9])$`)

// times reads "at 07:00 and 18:00".
func (e *every) times() (t times) {
	const example = "write for example at 07:00, or at 07:00 and 18:00"
	if e.wrong != nil {
		return t
	}
	if !e.take("at") {
		e.fault("at what time?", example)
		return t
	}
	for more := true; more; more = e.another() {
		m := clockTime.FindStringSubmatch(e.peek())
		if m == nil {
			e.fault("a time from 00:00 to 23:59 was expected", example)
			return t
		}
		hour, _ := strconv.Atoi(m[1])
		minute, _ := strconv.Atoi(m[2])
		t[hour] |= 1 << minute
		e.at++
	}
	return t
}

// maxShown is how much of a wrong value is shown, in bytes.
const maxShown = 200

// shorten cuts a value that is to be shown.
func shorten(value string) string {
	return strings.ToValidUTF8(value[:min(len(value), maxShown)], "")
}
