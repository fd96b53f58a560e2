package daemon

import (
	"fmt"
	"time"
)

// spell prints a length of time as people say it.
func spell(t time.Duration) string {
	switch {
	case t >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(t.Hours())/24)
	case t >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(t.Hours()))
	case t >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", int(t.Minutes()))
	case t < 2*time.Second:
		return "1 second"
	}
	return fmt.Sprintf("%d seconds", int(t.Seconds()))
}

// people is a number of people and what they do: 1 person waits, 2 people wait.
func people(n int, one, many string) string {
	if n == 1 {
		return "1 person " + one
	}
	return fmt.Sprintf("%d people %s", n, many)
}
