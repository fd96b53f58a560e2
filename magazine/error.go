package magazine

import (
	"errors"
	"fmt"
)

// A Code says what kind of failure an Error is. One place in web maps codes to
// HTTP statuses and one in the commands maps them to exit codes.
type Code string

// The codes of an Error.
const (
	NotFound     Code = "not_found"    // what was asked for does not exist
	Invalid      Code = "invalid"      // what was given cannot be used
	Conflict     Code = "conflict"     // it clashes with what is there
	Unauthorised Code = "unauthorised" // the asker may not
	Unavailable  Code = "unavailable"  // not now; the same call may work later
	Internal     Code = "internal"     // our fault; its text is never shown to people
)

// Error is a failure that a person may see: a code, a sentence in plain words
// that says what was attempted, on what, and what to do, and the cause.
type Error struct {
	Code  Code
	Text  string
	Cause error

	Message string // names what readers are told, in their language; empty: Text
	Args    []any  // its values, each after its name
}

// Errorf makes an Error. As with fmt.Errorf, an operand of %w becomes its cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Text: err.Error(), Cause: errors.Unwrap(err)}
}

// Said names the message that tells readers of it in their own language. args are
// names and values in turn.
func (e *Error) Said(message string, args ...any) *Error {
	e.Message, e.Args = message, args
	return e
}

func (e *Error) Error() string { return e.Text }
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf returns the code of the first Error in err's chain. What has none is Internal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Problem is something wrong with one file that a person can mend. A problem
// that is a Warning was repaired; any other holds the file.
type Problem struct {
	Line    int    `json:"line,omitempty"` // counted from 1; 0 where none applies
	Field   string `json:"field,omitempty"`
	Value   string `json:"value,omitempty"` // as found, cut to 200 bytes
	Text    string `json:"text"`            // what is wrong
	Mend    string `json:"mend,omitempty"`  // what to do
	Warning bool   `json:"warning"`
}

// String is the problem on one line, without the file's name.
func (p Problem) String() string {
	s := p.Text
	if p.Field != "" {
		s = p.Field + ": " + s
	}
	if p.Line > 0 {
		s = fmt.Sprintf("line %d: %s", p.Line, s)
	}
	if p.Value != "" {
		s += fmt.Sprintf(" (%q)", p.Value)
	}
	if p.Mend != "" {
		s += "; " + p.Mend
	}
	return s
}
