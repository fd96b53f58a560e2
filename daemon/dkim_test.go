package daemon_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"postrider/config"
	"postrider/daemon"
	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/mailer"
)

// newKey writes a key for mail from harbour.example beside the configuration and
// returns the lines that name it, and its record.
func newKey(t testing.TB, file, kind, selector string) (lines, name, record string) {
	t.Helper()
	key, text, err := mailer.NewKey(kind)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(filepath.Dir(file), selector+".pem"), string(text))
	s, err := mailer.NewSigner("harbour.example", selector, key)
	if err != nil {
		t.Fatal(err)
	}
	name, record = s.Record()
	return fmt.Sprintf("    - selector: %s\n      key_file: %[1]s.pem\n", selector), name, record
}

// TestSignedMail has a digest, a confirmation and a notice signed with both kinds
// of keys, and the RSA key changed for another while the record of the old stays.
func TestSignedMail(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	records := map[string]string{}
	add := func(kind, selector string) string {
		lines, name, record := newKey(t, h.file, kind, selector)
		records[name] = record
		return lines
	}
	old, modern := add(mailer.KeyRSA, "a2024"), add(mailer.KeyEd25519, "e2024")
	h.edit("  relays:\n", "  admins: [desk@harbour.example]\n  dkim:\n"+old+modern+"  relays:\n")
	h.join("amina", "bakari")
	h.publish("tide")
	h.step()
	h.send()
	id := h.signUp("salma")
	_, err := h.Confirm(h.ctx, id)
	h.must(err)
	h.clock.Set(friday.Add(48 * time.Hour))
	h.publish("clock")
	h.reopen()
	h.step()
	h.looks()
	to := ""
	for _, m := range h.server.Messages() {
		to += m.To + " "
		if got := fmt.Sprint(posttest.OpenDKIM(t, m.Raw, records)); got != "map[a2024:pass e2024:pass]" {
			t.Errorf("to %s: %s\n%s", m.To, got, m.Raw)
		}
	}
	for _, want := range []string{"amina@people.example", "bakari@people.example", "salma@people.example", "desk@harbour.example"} {
		if !strings.Contains(to, want) {
			t.Errorf("nothing went to %s, but to %s", want, to)
		}
	}
	if sent := h.server.Messages()[0]; !strings.Contains(string(sent.Raw), fmt.Sprintf("; t=%d;", posttest.Start.Unix())) {
		t.Errorf("the signature is not of the daemon's time:\n%s", sent.Raw)
	}

	before := len(h.server.Messages())
	h.edit(old, add(mailer.KeyRSA, "b2024"))
	h.send()
	all := h.server.Messages()
	if len(all) == before {
		t.Fatal("nothing was sent with the new key")
	}
	for i, want := range []string{"map[a2024:pass e2024:pass]", "map[b2024:pass e2024:pass]"} {
		if got := fmt.Sprint(posttest.OpenDKIM(t, all[i*before].Raw, records)); got != want {
			t.Errorf("verified %s, want %s", got, want)
		}
	}
	if strings.Contains(h.log.text.String(), "PRIVATE") || strings.Contains(h.log.text.String(), ".pem") {
		t.Errorf("logged: %s", h.log.text.String())
	}
}

// What is wrong with keys is said of their lines, before anything starts.
func TestWrongKeys(t *testing.T) {
	t.Parallel()
	from := func(address, dkim string) string {
		return "publication:\n  title: Harbour\n  url: https://harbour.example\narticles:\n  - folder: pieces\nmail:\n  from: " + address + "\n  dkim:\n" + dkim
	}
	const here = "letters@harbour.example"
	dir := t.TempDir()
	good, _, _ := newKey(t, filepath.Join(dir, "config.yaml"), mailer.KeyEd25519, "good")
	write(t, filepath.Join(dir, "public.pem"), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
	write(t, filepath.Join(dir, "secret.pem"), "my secret")
	write(t, filepath.Join(dir, "huge.pem"), strings.Repeat("x", 1<<20))
	write(t, filepath.Join(dir, "small.pem"), small)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	of := func(file string) string { return "    - selector: a\n      key_file: " + file + "\n" }
	for _, c := range []struct {
		name, text string
		want       string // the mistake; "": none
	}{
		{"right", from(here, good), ""},
		{"of a parent domain", from("a@mail.harbour.example", "    - domain: harbour.example\n      selector: good\n      key_file: good.pem\n"), ""},
		{"of a domain below", from(here, "    - domain: mail.harbour.example\n      selector: good\n      key_file: good.pem\n"), ""},
		{"of one written otherwise", from("a@bücher.example", "    - domain: BÜCHER.example\n      selector: good\n      key_file: good.pem\n"), ""},
		{"of another domain", from(here, "    - domain: other.example\n      selector: good\n      key_file: good.pem\n"), "line 9, column 15: mail.dkim[0].domain: other.example cannot sign for harbour.example"},
		{"of everybody's domain", from("a@harbour.co.uk", "    - domain: co.uk\n      selector: good\n      key_file: good.pem\n"), "line 9, column 15: mail.dkim[0].domain: co.uk cannot sign"},
		{"no domain", from(here, "    - domain: harbour_example\n      selector: good\n      key_file: good.pem\n"), `line 9, column 15: mail.dkim[0].domain: "harbour_example" is no domain`},
		{"no label", from(here, "    - selector: a_b\n      key_file: good.pem\n"), `line 9, column 17: mail.dkim[0].selector: "a_b" is no selector`},
		{"no selector", from(here, "    - key_file: good.pem\n"), "mail.dkim[0].selector: is needed"},
		{"no file named", from(here, "    - selector: a\n"), "mail.dkim[0].key_file: is needed"},
		{"one record for two", from(here, good+good), `line 11, column 17: mail.dkim[1].selector: "good" is the selector of mail.dkim[0] too`},
		{"no sender", strings.Replace(from(here, good), "  from: "+here+"\n", "", 1), "mail.from: is needed with dkim"},
		{"no file", from(here, of("gone.pem")), "line 10, column 17: mail.dkim[0].key_file: the key cannot be read"},
		{"a folder", from(here, of("folder")), "is no file"},
		{"a public key", from(here, of("public.pem")), "public.pem: it has only a public key"},
		{"another file", from(here, of("secret.pem")), "secret.pem: it has no private key in PEM form"},
		{"a huge file", from(here, of("huge.pem")), "too large"},
		{"a small key", from(here, of("small.pem")), "small.pem: its RSA key has 1024 bits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(dir, "config.yaml")
			write(t, file, c.text)
			_, err := config.Load(file, nil, daemon.CheckConfig)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "":
			case magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), c.want):
				t.Errorf("%v\nwant %s", err, c.want)
			case strings.Contains(err.Error(), "my secret"):
				t.Errorf("it shows what is in the file: %v", err)
			default:
				var all config.Mistakes
				if errors.As(err, &all); len(all) != 1 || all[0].Mend == "" || !regexp.MustCompile(`^line \d+, column \d+: `).MatchString(all[0].String()) {
					t.Errorf("%v", all)
				}
			}
		})
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(filepath.Join(dir, "good.pem"), 0); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "config.yaml")
		write(t, file, from(here, good))
		if _, err := config.Load(file, nil, daemon.CheckConfig); err == nil || !strings.Contains(err.Error(), "permission denied; give the user that runs postrider the right") {
			t.Errorf("%v", err)
		}
	}
}

// small is a key of 1024 bits, made for this test alone.
const small = `-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBANV0veFAFQkileIa
aWFebt6gOV47SPKF03t6d4+fqF/0ZXVlpKSO26XjluObURHuyX//j1cUC60Tmf5E
H6sVTjZ82RJQcU/cWVGITflWr1l4eebUlCUJjme//b5mb+uOeUahKeNQNKTjuKsp
ETeiHuCx7nHP+Hj91EXIOloIv95HAgMBAAECgYBT8zEGmPxs9lQ6c6bEa65xElTd
sbVT5LwzEQxayTEgY+9PR6WELsdGLAdZBunQgrhvBeSrG7An5tCmxsYptBxo6wDz
BJhDQJD/L+g4osfXNka/yZ9tkF8Dhk497n7+EALwRhp1DaR63Z3vt/7FGYbUU2Po
XnL5rUq96jH0JPFo0QJBAP+AkHVyPCKOvt9sOtkGSIWYRST9kibNwVAUgL6Tuwhk
kfx2NHbOCWPmTNuOy4D6/KbJEFlpDn2f36obEgP7qW8CQQDV3zTL+ex+4argB945
UqMZOD0ozCVMAdr+o0RNic6fei3atyC9W3BNueb6qTJFoacO6HCQ+egjpzZD8eh5
CTypAkEAiiiM9NUWq2Eg2VN+5se9A3B5Qy1SkGUGOTU9ANCFfF5Vinyole2Hqlto
B/lJFa+iWtWyX4atbUS7/xGwRjMZRQJAP4qMNhnvwJatXNgZlvBNUr3ZtdhJMHbQ
qJy7O0o5IDp9iyCjUn7rM7yKumgwbm2jo5M9dmU5KfaQ8cjaZ7Nt2QJAdpg9DU42
Y7KYuxGcd6Ua97ywAXOWM++PH1XFC6WcZlgLPP3FO++rf/IgN1H7xscNofkqs6WV
fVypgQ6Rk9VjQw==
-----END PRIVATE KEY-----
`
