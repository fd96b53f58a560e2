package config

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"postrider/magazine"
)

// Password reads the relay's password from its file, now; a relay without
// username has none. It is never to be logged.
func (r Relay) Password() (string, error) {
	if r.PasswordFile == "" {
		return "", nil
	}
	return secret("the password of the relay "+r.Name, r.PasswordFile)
}

// Password reads the mailbox's password from its file, now. It is never to be
// logged.
func (m Mailbox) Password() (string, error) {
	return secret("the password of the mailbox "+m.Address, m.PasswordFile)
}

// Secret reads what proves that a message is the provider's, now. It is never to
// be logged, except a public key.
func (w Webhook) Secret() (string, error) {
	if w.SecretFile == "" {
		return "", nil
	}
	return secret("the secret of the webhook of "+w.Provider, w.SecretFile)
}

// DatabaseURL returns Database with the password from DatabasePasswordFile,
// which it reads now. It is never to be logged.
func (c *Config) DatabaseURL() (string, error) {
	if c.DatabasePasswordFile == "" {
		return c.Database, nil
	}
	password, err := secret("the password of the database", c.DatabasePasswordFile)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return "", magazine.Errorf(magazine.Invalid, "database is not a URL; correct it in %s", c.File)
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String(), nil
}

// secret reads one line from a file, without its line break.
func secret(what, file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", magazine.Errorf(magazine.Unavailable, "%s cannot be read: %w; write it to that file, or correct the path in the configuration", what, err)
	}
	if err != nil {
		return "", magazine.Errorf(magazine.Unavailable, "%s cannot be read: %w; give the user that runs postrider the right to read it", what, err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case text == "":
		return "", magazine.Errorf(magazine.Invalid, "%s is missing: the file %s is empty; write the password to it", what, file)
	case strings.ContainsAny(text, "\x00\r\n") || !utf8.ValidString(text):
		return "", magazine.Errorf(magazine.Invalid, "%s is not one line of text in %s; write the password alone to it", what, file)
	}
	return text, nil
}
