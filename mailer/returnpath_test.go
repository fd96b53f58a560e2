package mailer

import (
	netmail "net/mail"
	"strings"
	"testing"
	"time"
)

func returnPaths(t testing.TB, address string) *ReturnPaths {
	t.Helper()
	r, err := NewReturnPaths(address, []byte("a secret of thirty-two bytes, or more"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var posting = Posting{Kind: PostedEdition, Of: "d4wq7xk2mfa3", Subscriber: "k2mfa3d4wq7x"}

func TestReturnPath(t *testing.T) {
	r := returnPaths(t, "Bounces@Harbour.example")
	address := r.For(posting)
	if local, _, _ := strings.Cut(address, "@"); len(local) > 64 || !strings.HasPrefix(address, "bounces+dd4wq7xk2mfa3-k2mfa3d4wq7x-") || !strings.HasSuffix(address, "@harbour.example") {
		t.Fatalf("%s", address)
	}
	for _, spelled := range []string{address, strings.ToUpper(address), " " + address + ".", strings.Replace(address, "bounces", "BOUNCES", 1)} {
		if got, ok := r.Read(spelled); !ok || got != posting {
			t.Errorf("%s: %+v, %t", spelled, got, ok)
		}
	}
	tag := strings.TrimSuffix(strings.TrimPrefix(address, "bounces+"), "@harbour.example")
	for name, forged := range map[string]string{
		"nothing behind the plus": "bounces@harbour.example",
		"an empty tag":            "bounces+@harbour.example",
		"dashes":                  "bounces+---@harbour.example",
		"no proof":                "bounces+dd4wq7xk2mfa3-k2mfa3d4wq7x@harbour.example",
		"an empty proof":          "bounces+dd4wq7xk2mfa3-k2mfa3d4wq7x-@harbour.example",
		"another's proof":         "bounces+" + strings.Replace(tag, "k2mfa3d4wq7x", "k2mfa3d4wq7y", 1) + "@harbour.example",
		"another edition":         "bounces+" + strings.Replace(tag, "d4wq7xk2mfa3", "d4wq7xk2mfa4", 1) + "@harbour.example",
		"another kind":            "bounces+c" + tag[1:] + "@harbour.example",
		"another proof":           "bounces+" + tag[:len(tag)-1] + string('a'+(tag[len(tag)-1]-'a'+1)%2) + "@harbour.example",
		"more behind it":          "bounces+" + tag + "a@harbour.example",
		"another domain":          "bounces+" + tag + "@harbour.example.org",
		"another local part":      "letters+" + tag + "@harbour.example",
		"no domain":               "bounces+" + tag,
		"nothing":                 "",
		"another secret's":        mustForeign(t),
	} {
		if got, ok := r.Read(forged); ok {
			t.Errorf("%s: %s is taken for %+v", name, forged, got)
		}
	}
}

func mustForeign(t *testing.T) string {
	other, err := NewReturnPaths("bounces@harbour.example", []byte("another secret of thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	return other.For(posting)
}

func TestReturnPathOfAnAddress(t *testing.T) {
	longest := strings.Repeat("b", MaxReturnLocal)
	for address, fits := range map[string]bool{
		"b@harbour.example": true, "b@hafen-köln.example": true, longest + "@harbour.example": true,
		longest + "b@harbour.example": false, "a+b@harbour.example": false, "bö@harbour.example": false, "nobody": false, "@harbour.example": false, "b@": false, `"a b"@harbour.example`: false,
	} {
		r, err := NewReturnPaths(address, nil)
		if (err == nil) != fits {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			if local, _, _ := strings.Cut(r.For(posting), "@"); len(local) > 64 {
				t.Errorf("%s: a local part of %d bytes", address, len(local))
			}
		}
	}
}

// A message leaves under its own return path, and under the sender's where it has none.
func TestEnvelopeHasTheReturnPath(t *testing.T) {
	m := &Message{From: netmail.Address{Address: "letters@harbour.example"}, Subject: "S", Text: "T"}
	to := Recipient{MessageID: "a.b@harbour.example", To: netmail.Address{Address: "amina@example.org"}, Date: time.Unix(0, 0)}
	if got := path(m.For(to).from); got != "<letters@harbour.example>" {
		t.Errorf("without a return path: %s", got)
	}
	to.ReturnPath = "bounces+x@harbour.example"
	if got := path(m.For(to).from); got != "<bounces+x@harbour.example>" {
		t.Errorf("with a return path: %s", got)
	}
	for _, bad := range []string{"bounces", "a b@c.example", "a@b.example>\r\nRCPT TO:<x@y.example", "@b.example", strings.Repeat("a", 200) + "@b.example"} {
		to.ReturnPath = bad
		if p := m.For(to); p.refused == nil {
			t.Errorf("%q is taken for a return path", bad)
		}
	}
}

func FuzzReturnPath(f *testing.F) {
	r := returnPaths(f, "bounces@harbour.example")
	f.Add(r.For(posting))
	f.Add("bounces+d-a-b@harbour.example")
	f.Fuzz(func(t *testing.T, address string) {
		if p, ok := r.Read(address); ok && r.For(p) != strings.TrimSuffix(strings.ToLower(strings.TrimSpace(address)), ".") {
			t.Errorf("%q is taken for %+v", address, p)
		}
	})
}
