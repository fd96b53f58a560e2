package config

import "strings"

// nearest returns the known word that somebody who wrote this one most likely
// meant, or "" where none is near.
func nearest(word string, known []string) string {
	plain := func(s string) string {
		s = strings.TrimPrefix(s, prefix) // what all variables share tells nothing
		return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s))
	}
	word = plain(word)
	best, least := "", 0
	for _, k := range known {
		other := plain(k)
		d := distance([]rune(word), []rune(other))
		if len(word) > 2 && strings.HasPrefix(other, word) {
			d = min(d, 1)
		}
		if d <= max(1, len(other)/3) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to add, drop, change or swap with a neighbour
// that turn a into b (optimal string alignment).
func distance(a, b []rune) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
