package daemon

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"postrider/config"
	"postrider/magazine"
	"postrider/mailer"
)

// signers reads the keys that sign our mail, and tells what is wrong with those
// that cannot.
func signers(m *config.Mail) (made []*mailer.Signer, wrong []config.Mistake) {
	from := m.SenderDomain()
	for i, k := range m.DKIM {
		path := fmt.Sprintf("mail.dkim[%d]", i)
		domain := m.SigningDomain(k)
		if from != "" && !mailer.Aligned(domain, from) {
			wrong = append(wrong, config.Mistake{Path: path + ".domain", Text: domain + " cannot sign for " + from + ", the domain of mail.from: receivers don't count such a signature for DMARC",
				Mend: "remove domain, and make a key for " + from})
		}
		s, problem := openSigner(domain, k)
		if problem != nil {
			wrong = append(wrong, config.Mistake{Path: path + ".key_file", Text: problem.Text, Mend: problem.Mend})
		}
		if s != nil {
			made = append(made, s)
		}
	}
	return made, wrong
}

// largestKey is more than any file with a key has, in bytes.
const largestKey = 64 << 10

// openSigner reads the file of one key; nil where the configuration names none.
func openSigner(domain string, k config.DKIM) (*mailer.Signer, *magazine.Problem) {
	if k.KeyFile == "" {
		return nil, nil
	}
	text, problem := readKey(k.KeyFile)
	if problem != nil {
		return nil, problem
	}
	key, problem := mailer.ParseKey(text)
	if problem != nil {
		return nil, &magazine.Problem{Text: k.KeyFile + ": " + problem.Text, Mend: problem.Mend}
	}
	s, err := mailer.NewSigner(domain, k.Selector, key)
	if err != nil {
		return nil, &magazine.Problem{Text: k.KeyFile + ": " + err.Error(), Mend: "make a key with postrider dkim new SELECTOR"}
	}
	return s, nil
}

func readKey(file string) ([]byte, *magazine.Problem) {
	unreadable := func(err error) *magazine.Problem {
		mend := "give the user that runs postrider the right to read it, and nobody else"
		if errors.Is(err, fs.ErrNotExist) {
			mend = "make it with postrider dkim new SELECTOR, or correct the path"
		}
		return &magazine.Problem{Text: fmt.Sprintf("the key cannot be read: %v", err), Mend: mend}
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.Mode().IsRegular() {
		return nil, &magazine.Problem{Text: file + " is no file", Mend: "name the file that has the key"}
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largestKey+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(text) > largestKey {
		return nil, &magazine.Problem{Text: file + " is too large for a key", Mend: "name the file that has the key alone"}
	}
	return text, nil
}
