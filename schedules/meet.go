package schedules

import (
	"math/bits"
	"slices"
	"time"
)

// The dates of this century, of which it is asked whether spans meet there.
var (
	firstDate = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	dateCount = int(time.Date(2077, 1, 1, 0, 0, 0, 0, time.UTC).Sub(firstDate) / (24 * time.Hour))
)

// dateSet is a set of these dates, a bit for each.
type dateSet []uint64

// meet finds the first date of two sets.
func (s dateSet) meet(other dateSet) (time.Time, bool) {
	for i := range min(len(s), len(other)) {
		if both := s[i] & other[i]; both != 0 {
			return firstDate.AddDate(0, 0, i*64+bits.TrailingZeros64(both)), true
		}
	}
	return time.Time{}, false
}

// datesOf are the dates of spans, each reckoned in its calendar once for all of them:
// there may be many, and each is compared with each. Where all say the same of their
// dates nothing can contradict, and the sets are empty.
func datesOf(list []blackout) []dateSet {
	sets := make([]dateSet, len(list))
	if !slices.ContainsFunc(list, func(b blackout) bool { return b.Then != list[0].Then }) {
		return sets
	}
	for i := range sets {
		sets[i] = make(dateSet, (dateCount+63)/64)
	}
	lunar := slices.IndexFunc(list, func(b blackout) bool { return b.lunar })
	for day := range dateCount {
		date := firstDate.AddDate(0, 0, day)
		n := dayOf(date)
		var moon yearDay
		known := false
		if lunar >= 0 {
			moon, known = lunarDayOf(list[lunar].calendar, date)
		}
		for i := range list {
			b := &list[i]
			if !b.lunar && b.covers(n) || b.lunar && known && b.covers(moon) {
				sets[i][day/64] |= 1 << (day % 64)
			}
		}
	}
	return sets
}
