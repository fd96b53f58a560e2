package members

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// A form tells when it was made, sealed, so that what fills in forms by itself has
// to fetch each, to wait, and cannot keep one for long.
const (
	quickest = 2 * time.Second // nobody fills it in faster
	longest  = 24 * time.Hour
)

// A FormAge says whether a form may be taken.
type FormAge string

// What becomes of a form by its age.
const (
	FormFit     FormAge = "fit"
	FormForeign FormAge = "foreign" // it tells no time of ours: it was not made by us
	FormQuick   FormAge = "quick"   // it comes back sooner than anybody can fill it in
	FormOld     FormAge = "old"
)

// StampForm is what a form made at an instant tells of it.
func (m *Members) StampForm(made time.Time) string {
	return m.seal(tokenForm, strconv.FormatInt(made.Unix(), 36))
}

// JudgeForm tells by its stamp whether a form that has come may be taken.
func (m *Members) JudgeForm(stamp string) FormAge {
	text, ok := m.open(tokenForm, stamp)
	if !ok {
		return FormForeign
	}
	made, err := strconv.ParseInt(text, 36, 64)
	if err != nil {
		return FormForeign
	}
	switch age := m.store.Now().Sub(time.Unix(made, 0)); {
	case age < quickest:
		return FormQuick
	case age > longest:
		return FormOld
	}
	return FormFit
}

// A FormText is the words of a form as a person reads them before they send it.
type FormText struct {
	Version string // the same for the same words; empty: they are not known
	Text    string
}

// NewFormText gives words their version.
func NewFormText(text string) FormText {
	sum := sha256.Sum256([]byte(text))
	return FormText{hex.EncodeToString(sum[:6]), text}
}
