package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"postrider/config"
	"postrider/magazine"
)

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// errSaid ends a command with exit code 1 when it has said why itself.
var errSaid = errors.New("already said")

// exit says what went wrong and returns the exit code.
func (a *app) exit(ctx context.Context, err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(a.errs, "postrider: %v\n", usage)
		return exitUsage
	}
	if err == nil {
		return 0
	}
	for _, one := range separate(err) {
		a.tell(ctx, one)
	}
	return exitFailed
}

// separate takes apart what errors.Join has put together.
func separate(err error) (all []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, one := range joined.Unwrap() {
		all = append(all, separate(one)...)
	}
	return all
}

// tell says one error in words for people.
func (a *app) tell(ctx context.Context, err error) {
	var wrong config.Mistakes
	switch {
	case errors.Is(err, errSaid):
	case errors.As(err, &wrong):
		fmt.Fprintf(a.errs, "postrider: %s has %s, and nothing starts on a wrong file:\n", a.config, count(len(wrong), "mistake"))
		for _, m := range wrong {
			fmt.Fprintln(a.errs, mistake(a.config, m))
		}
	case ctx.Err() != nil && magazine.CodeOf(err) == magazine.Internal:
		fmt.Fprintln(a.errs, "postrider: interrupted; run the same command again to go on")
	default:
		fmt.Fprintf(a.errs, "postrider: %s\n", strings.TrimSpace(err.Error()))
	}
}

// count is a number with its noun: "1 mistake", "2 mistakes".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
