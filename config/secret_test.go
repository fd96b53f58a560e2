package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/magazine"
)

func TestRelayPassword(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	r := Relay{Name: "main", Username: "u", PasswordFile: file}

	if _, err := r.Password(); magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "relay main") {
		t.Errorf("without the file: %v", err)
	}
	for _, test := range []struct{ content, want string }{
		{"hunter2", "hunter2"}, {"hunter2\n", "hunter2"}, {"hunter2\r\n", "hunter2"}, {" pass word ", " pass word "},
		{"", ""}, {"\n", ""}, {"hunter2\n\n", ""}, {"hunter2\nuser", ""}, {"hunter\x002", ""}, {"hunter\xff", ""},
	} {
		if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := r.Password() // read anew each time
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q: got %q, %v", test.content, got, err)
		}
		if err != nil && (magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "hunter")) {
			t.Errorf("%q: the error is %v", test.content, err)
		}
	}
	if got, err := (Relay{}).Password(); got != "" || err != nil {
		t.Errorf("without sign-in: %q, %v", got, err)
	}
}

// Loading reads no secret: the files need not be there.
func TestSecretsAreReadWhereUsed(t *testing.T) {
	c := load(t, least+"database: postgres://press@db.example/press?sslmode=require\ndatabase_password_file: secret\n"+
		"mail: {relays: [{name: a, address: 'h:25', username: u, password_file: none-such}]}\n")
	if _, err := c.DatabaseURL(); err == nil || !strings.Contains(err.Error(), "password of the database") {
		t.Errorf("without the file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(c.File), "secret"), []byte("a/b@c: d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := c.DatabaseURL()
	if want := "postgres://press:a%2Fb%40c%3A%20d@db.example/press?sslmode=require"; got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	c = load(t, least)
	if got, err := c.DatabaseURL(); got != c.Database || err != nil {
		t.Errorf("SQLite: %q, %v", got, err)
	}
}

// A wrong database URL may carry a password; the message must not.
func TestMistakesHideSecrets(t *testing.T) {
	for _, database := range []string{"postgres://u:hunter2@/n", "postgres://u:hunter2@h:port/n", "mysql://u:hunter2@h/n", "postgres://u:hunter2@h"} {
		if text := mistakes(t, least+"database: "+database+"\n", nil).Error(); strings.Contains(text, "hunter2") {
			t.Errorf("%s: the message shows the password: %s", database, text)
		}
	}
}
