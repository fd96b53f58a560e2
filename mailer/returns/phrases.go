package returns

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: all of
// them take a quarter of a second, which a program that reads no such message
// need not wait for.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// oneOf is a pattern that matches one of several, in upper or lower case.
func oneOf(expressions ...string) func() *regexp.Regexp {
	return pattern("(?i)(?:" + strings.Join(expressions, ")|(?:") + ")")
}

// phrases are a table of expressions of which one is to match. Together in one
// expression they take 50 µs a byte, for there are hundreds. So each is tried
// alone, and only on a text that has one of the words that it cannot match without.
type phrases func() []phrase

type phrase struct {
	words   []string // one of them is in every match; none: it is always tried
	pattern *regexp.Regexp
}

// newPhrases makes a table. Each expression may have several alternatives.
func newPhrases(expressions ...string) phrases {
	return sync.OnceValue(func() (table []phrase) {
		for _, e := range expressions {
			tree, err := syntax.Parse(e, syntax.Perl)
			if err != nil {
				panic(err)
			}
			tree = tree.Simplify()
			alternatives := []*syntax.Regexp{tree}
			if tree.Op == syntax.OpAlternate {
				alternatives = tree.Sub
			}
			for _, a := range alternatives {
				table = append(table, phrase{words: wordsOf(a), pattern: regexp.MustCompile(a.String())})
			}
		}
		return table
	})
}

// MatchString tells whether one of the expressions matches.
func (table phrases) MatchString(s string) bool {
	for _, p := range table() {
		if p.mayMatch(s) && p.pattern.MatchString(s) {
			return true
		}
	}
	return false
}

func (p phrase) mayMatch(s string) bool {
	for _, word := range p.words {
		if strings.Contains(s, word) {
			return true
		}
	}
	return len(p.words) == 0
}

// wordsOf finds words of which every match has one; nil where there are none.
func wordsOf(e *syntax.Regexp) []string {
	switch e.Op {
	case syntax.OpLiteral:
		if e.Flags&syntax.FoldCase == 0 {
			return []string{string(e.Rune)}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return wordsOf(e.Sub[0])
	case syntax.OpConcat:
		var best []string
		for _, sub := range e.Sub {
			if words := wordsOf(sub); shortest(words) > shortest(best) {
				best = words
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range e.Sub {
			words := wordsOf(sub)
			if words == nil {
				return nil
			}
			all = append(all, words...)
		}
		return all
	}
	return nil
}

// shortest is the length of the shortest word, 0 where there is none.
func shortest(words []string) int {
	n := 0
	for i, word := range words {
		if i == 0 || len(word) < n {
			n = len(word)
		}
	}
	return n
}
