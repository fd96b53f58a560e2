package admin

import (
	"net/http"
	"net/url"
	"strings"

	"postrider/magazine"
)

// Mail is what somebody would get.
type Mail struct {
	Subject, HTML, Text string // empty: nothing
	Edition             string // that it is of; empty: of what is new
	Skipped             string // why there is no edition for anybody; empty: there is
	Warning             string // it nears the size at which mail programs cut it off; empty: it does not
}

// mailPolicy lets a mail in a frame of ours have its own style and pictures, and do
// nothing.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"

type previewView struct {
	Newsletters []magazine.Newsletter
	Newsletter  string
	Email       string
	Mail        *Mail  // nil: nobody was named, or they get nothing
	Frame       string // address of its HTML
	MayTest     bool
}

func (v *visit) preview() error { return v.showPreview(http.StatusOK, "", "") }

func (v *visit) showPreview(status int, wrong, done string) error {
	view := previewView{Newsletters: v.Newsletters, Newsletter: magazine.CleanText(v.r.FormValue("newsletter")), Email: strings.TrimSpace(v.r.FormValue("to")), MayTest: v.role.May(magazine.Editor)}
	if view.Email != "" {
		m, err := v.Preview(v.context(), view.Newsletter, view.Email)
		_, sentence, ok := v.wrong(err)
		switch {
		case ok && wrong == "":
			wrong = sentence
		case err != nil && !ok:
			return err
		case err == nil:
			view.Mail = &m
			view.Frame = "/desk/preview/mail?" + url.Values{"newsletter": {view.Newsletter}, "to": {view.Email}}.Encode()
		}
	}
	f := v.frame("/desk/editions/", v.words.T("desk.preview"), view)
	f.Error, f.Done = wrong, done
	return v.show(status, "preview", f)
}

// previewMail is the mail itself, for a frame of the page.
func (v *visit) previewMail() error {
	m, err := v.Preview(v.context(), magazine.CleanText(v.r.FormValue("newsletter")), strings.TrimSpace(v.r.FormValue("to")))
	h := v.w.Header()
	if status, sentence, ok := v.wrong(err); ok { // a page of ours is shown in no frame
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Content-Security-Policy", mailPolicy)
		v.w.WriteHeader(status)
		v.w.Write([]byte(sentence))
		return nil
	}
	if err != nil {
		return err
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailPolicy)
	v.w.Write([]byte(m.HTML))
	return nil
}

// sendTest mails the preview to who looks at it, and to nobody else.
func (v *visit) sendTest() error {
	err := v.Test(v.context(), magazine.CleanText(v.r.FormValue("newsletter")), strings.TrimSpace(v.r.FormValue("to")), v.who)
	if status, sentence, ok := v.wrong(err); ok {
		return v.showPreview(status, sentence, "")
	}
	if err != nil {
		return err
	}
	return v.showPreview(http.StatusOK, "", v.words.T("desk.preview.sent", "email", v.who.Email))
}
