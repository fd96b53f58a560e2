package members

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"postrider/magazine"
)

// A LineProblem is why a line of a list cannot be used.
type LineProblem struct {
	Line  int     `json:"line"`
	Wrong []Wrong `json:"wrong"`
}

// String says it in English, as commands do.
func (p LineProblem) String() string {
	texts := make([]string, len(p.Wrong))
	for i, w := range p.Wrong {
		texts[i] = w.Text
	}
	text := strings.Join(texts, "; ")
	if p.Line == 0 {
		return text
	}
	return fmt.Sprintf("line %d: %s", p.Line, text)
}

// UnmarshalJSON reads also what was kept before it was a message: the words alone.
func (p *LineProblem) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*p = LineProblem{Wrong: []Wrong{{Text: text}}}
		return nil
	}
	type plain LineProblem
	return json.Unmarshal(data, (*plain)(p))
}

// A Wrong is one thing that is wrong, in English, and as a message with its values for
// who reads it at the desk.
type Wrong struct {
	Text    string   `json:"text"`
	Message string   `json:"message,omitempty"` // empty: there is none
	Args    []string `json:"args,omitempty"`    // its values, each after its name; that of why is a message itself
}

// UnmarshalJSON reads also what was kept before it was a message.
func (w *Wrong) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &w.Text) == nil {
		return nil
	}
	type plain Wrong
	return json.Unmarshal(data, (*plain)(w))
}

// wrongWith is all that is wrong with what a line asks for.
func wrongWith(r Request, err error) (all []Wrong) {
	var faults Faults
	if !errors.As(err, &faults) {
		return []Wrong{wrongOf(err)}
	}
	for _, f := range faults {
		w := wrongOf(f.Err)
		switch f.Field { // whose messages are of forms
		case EmailField:
			w.Args = []string{"address", cut(magazine.CleanText(r.Email), 100), "why", w.Message}
			w.Message = "line.address"
		case FrequencyField:
			w.Message, w.Args = "line.frequency", []string{"name", cut(magazine.CleanText(r.Frequency[""]), 60)}
		case HourField:
			if w.Message == "fault.form.altered" {
				w.Message, w.Args = "line.hour", nil
			}
		}
		all = append(all, w)
	}
	return all
}

// wrongOf is what an error says.
func wrongOf(err error) Wrong {
	w := Wrong{Text: err.Error()}
	var said *magazine.Error
	if errors.As(err, &said) && said.Message != "" {
		w.Message = said.Message
		for _, value := range said.Args {
			w.Args = append(w.Args, fmt.Sprint(value))
		}
	}
	return w
}
