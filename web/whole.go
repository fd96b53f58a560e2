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
		status, text := http.StatusBadRequest, "Only a part of your form has arrived, so nothing was done. Please send it again."
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			status, text = http.StatusRequestEntityTooLarge, "The form is larger than any of ours, so nothing was done. Open the page again and send it once more."
		case errors.Is(err, os.ErrDeadlineExceeded):
			status, text = http.StatusRequestTimeout, "We waited for the rest of your form, and it did not come. Nothing was done; please send it again."
		}
		w.Header().Set("Connection", "close") // RFC 9110 section 15.5.9; what is left of the body cannot be told from a request
		s.tell(w, r, status, "The form did not arrive", text)
		return nil
	}
}
