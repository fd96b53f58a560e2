package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
)

// whole has the form of a request come in before anything is done with it. One
// that does not come, or is cut, is answered as what it is and changes nothing.
func (s *site) whole(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			return h(w, r)
		}
		words := s.wordsFor(r)
		status, text := http.StatusBadRequest, words.T("fault.form.part")
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			status, text = http.StatusRequestEntityTooLarge, words.T("fault.form.large")
		case errors.Is(err, os.ErrDeadlineExceeded):
			status, text = http.StatusRequestTimeout, words.T("fault.form.late")
		}
		w.Header().Set("Connection", "close") // RFC 9110 section 15.5.9; what is left of the body cannot be told from a request
		s.tell(w, r, status, words.T("fault.form.title"), text)
		return nil
	}
}
