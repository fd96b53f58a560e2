package members_test

import (
	"fmt"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/members"
)

// What the columns are is guessed by their headings, or by what stands in them.
func TestSketches(t *testing.T) {
	for name, c := range map[string]struct{ list, want string }{
		"headings":             {"E-Mail;Vorname;First Name\na@example.org;A;B\n", `map[email:0 first:2] ";" false [E-Mail Vorname First Name] [[a@example.org A B]]`},
		"other words":          {"Adresse,Nom\na@example.org,A\n", `map[email:0] "," false [Adresse Nom] [[a@example.org A]]`},
		"no headings":          {"A\ta@example.org\nB\tb@example.org\n", `map[email:1] "\t" true [] [[A a@example.org] [B b@example.org]]`},
		"nothing known":        {"a;b\n1;2\n", `map[] ";" false [a b] [[1 2]]`},
		"UTF-16":               {utf16le("mail\tname\na@example.org\tÄ\n"), `map[email:0 name:1] "\t" false [mail name] [[a@example.org Ä]]`},
		"Latin-1":              {"mail,name\na@example.org,Jos\xe9\n", `map[email:0 name:1] "," false [mail name] [[a@example.org José]]`},
		"only headings":        {"email\n", `map[email:0] "," false [email] []`},
		"five are enough":      {"email\n" + strings.Repeat("a@example.org\n", 9), `map[email:0] "," false [email] [[a@example.org] [a@example.org] [a@example.org] [a@example.org] [a@example.org]]`},
		"a line that is long":  {"email\n" + strings.Repeat("x", 70_000) + "\na@example.org\n", `map[email:0] "," false [email] [[a@example.org]]`},
		"quotes never closed":  {"email,name\na@example.org,\"A\nb@example.org,B\n", `map[email:0 name:1] "," false [email name] [[a@example.org A] [b@example.org B]]`},
		"a formula as address": {"=x,'+a@example.org\n", `map[email:1] "," true [] [[=x '+a@example.org]]`},
	} {
		s, err := members.NewSketch(strings.NewReader(c.list))
		if got := fmt.Sprintf("%v %q %v %v %v", s.Columns.At, s.Columns.Comma, s.Columns.Headless, s.Headings, s.Rows); got != c.want || err != nil {
			t.Errorf("%s: %s, %v\nwant %s", name, got, err, c.want)
		}
	}
	if s, err := members.NewSketch(strings.NewReader(strings.Repeat("c,", 9_999) + "email\n" + strings.Repeat("1,", 9_999) + "a@example.org\n")); err != nil || s.Columns.At["email"] != 9_999 || len(s.Rows[0]) != 10_000 {
		t.Errorf("10,000 columns: %v, %v", s.Columns, err)
	}
}

func FuzzSketch(f *testing.F) {
	for _, list := range []string{"email,name\na@example.org,A\n", "A\ta@example.org\n", "\ufeffx;y\r\n", utf16le("email\na@example.org"), "\"email\n\"", "\xff\xfe\x00", "'=a@example.org\n"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		s, err := members.NewSketch(strings.NewReader(list))
		if err != nil {
			if magazine.CodeOf(err) != magazine.Invalid {
				t.Fatal(err)
			}
			return
		}
		at, ok := s.Columns.At["email"]
		if len(s.Rows) > 6 || ok && (at < 0 || len(s.Headings) > 0 && at >= len(s.Headings) && s.Columns.Headless) || s.Columns.Headless && len(s.Headings) > 0 {
			t.Errorf("%+v", s)
		}
	})
}
