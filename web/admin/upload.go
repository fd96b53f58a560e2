package admin

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"postrider/magazine"
	"postrider/members"
)

// MaxBody is the largest form that the desk takes, in bytes: one with a list of people.
const MaxBody = members.MaxImport + 64<<10

// BringPath is where it takes it.
const BringPath = "/desk/people/import/"

// bringPause is for how long nothing of a list may come.
const bringPause = 30 * time.Second

// bringImport takes a list as it comes, and never has more than a part of it in memory.
func (v *visit) bringImport() error {
	v.w.Header().Set("Connection", "close") // of a list that is not taken the rest is not waited for
	if v.r.ContentLength > MaxBody {
		return v.notBrought(&http.MaxBytesError{Limit: MaxBody})
	}
	v.r.Body = &patientBody{v.r.Body, http.NewResponseController(v.w)}
	list, name, err := v.listInForm()
	if err != nil {
		return v.notBrought(err)
	}
	id, err := v.Members.BringImport(v.context(), name, v.who.Email, list)
	if err != nil {
		return v.notBrought(err)
	}
	return v.seeOther("/desk/people/import/" + id + "/")
}

// notBrought shows why a list was not taken.
func (v *visit) notBrought(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		err = magazine.Errorf(magazine.Invalid, "the list is too large: %w", err).Said("desk.import.large", "n", members.MaxImport>>20)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrDeadlineExceeded):
		err = magazine.Errorf(magazine.Invalid, "the list did not come whole: %w", err).Said("fault.form.part")
	}
	if status, sentence, ok := v.wrong(err); ok {
		return v.showImports(status, sentence)
	}
	return err
}

// listInForm finds the file in a form.
func (v *visit) listInForm() (list io.Reader, name string, err error) {
	form, err := v.r.MultipartReader()
	if err != nil {
		return nil, "", magazine.Errorf(magazine.Invalid, "the form cannot be read: %w", err).Said("fault.form.unread")
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return nil, "", magazine.Errorf(magazine.Invalid, "no file was chosen").Said("desk.import.no-file")
		}
		if err != nil {
			return nil, "", err
		}
		if part.FormName() == "list" && part.FileName() != "" {
			return part, part.FileName(), nil
		}
	}
}

// patientBody is a body that may take longer to come than the server waits for others,
// as long as something comes.
type patientBody struct {
	io.ReadCloser
	connection *http.ResponseController
}

func (b *patientBody) Read(p []byte) (int, error) {
	until := time.Now().Add(bringPause)
	b.connection.SetReadDeadline(until) // where a connection has none, the server's own bound holds
	b.connection.SetWriteDeadline(until.Add(bringPause))
	return b.ReadCloser.Read(p)
}
