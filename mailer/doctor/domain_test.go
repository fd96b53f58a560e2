package doctor_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"postrider/internal/posttest"
	"postrider/mailer"
	"postrider/mailer/doctor"
)

type zone map[string]posttest.Records

var signer = sync.OnceValue(func() *mailer.Signer {
	key, _, err := mailer.NewKey(mailer.KeyEd25519)
	if err != nil {
		panic(err)
	}
	s, err := mailer.NewSigner("letters.harbour.example", "2026a", key)
	if err != nil {
		panic(err)
	}
	return s
})

// healthy is a publication whose mail is set up right.
func healthy() (doctor.Options, zone) {
	name, record := signer().Record()
	return doctor.Options{From: "letters.harbour.example", ReturnPath: "bounces.harbour.example", Signers: []*mailer.Signer{signer()},
			Leave: "https://harbour.example/leave/x", Now: time.Date(2026, 3, 6, 7, 0, 0, 0, time.UTC)},
		zone{
			"harbour.example":         {A: []string{"192.0.2.80"}},
			"letters.harbour.example": {MX: []string{"mx.harbour.example"}},
			"bounces.harbour.example": {MX: []string{"mx.harbour.example", "mx2.harbour.example"}, TXT: []string{"site-verification=x", "v=spf1 mx include:provider.example ip6:2001:db8::/32 -all"}},
			"mx.harbour.example":      {A: []string{"192.0.2.25", "2001:db8::25"}},
			"mx2.harbour.example":     {A: []string{"192.0.2.26"}},
			"provider.example":        {TXT: []string{"v=spf1 ip4:198.51.100.0/24 ?all"}},
			"_dmarc.harbour.example":  {TXT: []string{"v=DMARC1; p=reject; rua=mailto:postmaster@harbour.example"}},
			name:                      {TXT: []string{record}},
		}
}

// unlike are the findings of one examination that are not those of another.
func unlike(found, usual []doctor.Finding) (all []string) {
	known := map[doctor.Finding]bool{}
	for _, f := range usual {
		known[f] = true
	}
	for _, f := range found {
		if !known[f] {
			all = append(all, fmt.Sprintf("%s %s: %s", f.Level, f.About, f.Text))
		}
	}
	return all
}

func TestHealthy(t *testing.T) {
	o, z := healthy()
	o.DNS = posttest.DNS(t, z)
	var all []string
	for _, f := range doctor.Examine(t.Context(), o) {
		all = append(all, fmt.Sprintf("%s %s: %s", f.Level, f.About, f.Text))
		if (f.Level == doctor.OK) != (f.Mend == "") {
			t.Errorf("%v has the mend %q", all[len(all)-1], f.Mend)
		}
	}
	want := `ok mail to letters.harbour.example: answers to mail.from can arrive at mx.harbour.example
ok mail to bounces.harbour.example: mail that comes back can arrive at mx.harbour.example, mx2.harbour.example
ok SPF of bounces.harbour.example: one record, which asks the DNS 2 times of at most 10: v=spf1 mx include:provider.example ip6:2001:db8::/32 -all
ok DKIM 2026a._domainkey.letters.harbour.example: the record has the key that signs
ok DMARC of letters.harbour.example: the policy of _dmarc.harbour.example is reject: receivers refuse mail that does not pass
ok DMARC of letters.harbour.example: the signature for letters.harbour.example counts for it, and so does SPF of the return path at bounces.harbour.example
ok List-Unsubscribe: one click unsubscribes, at https://harbour.example`
	if got := strings.Join(all, "\n"); got != want {
		t.Errorf("found\n%s\nwant\n%s", got, want)
	}
}

// What is wrong with one record is found, and nothing else.
func TestRecords(t *testing.T) {
	const spfAt, dkimAt = "bounces.harbour.example", "2026a._domainkey.letters.harbour.example"
	txt := func(name string, records ...string) func(zone) {
		return func(z zone) {
			r := z[name]
			r.TXT = records
			z[name] = r
		}
	}
	chain := func(z zone) {
		txt(spfAt, "v=spf1 include:s0.example -all")(z)
		for i := range 10 {
			txt(fmt.Sprintf("s%d.example", i), fmt.Sprintf("v=spf1 include:s%d.example -all", i+1))(z)
		}
		txt("s10.example", "v=spf1 ip4:192.0.2.1 -all")(z)
	}
	_, z := healthy()
	key := z[dkimAt].TXT[0]
	bare := key[strings.Index(key, "p=")+2:]
	for name, c := range map[string]struct {
		change func(zone)
		want   string // of each finding that is not as usual, in part
	}{
		"no SPF":              {txt(spfAt, "something else", "v=spf10 -all"), "wrong SPF of bounces.harbour.example: there is no record"},
		"two of SPF":          {txt(spfAt, "v=spf1 mx -all", "v=spf1 -all"), "wrong SPF of bounces.harbour.example: there are 2 records"},
		"everybody":           {txt(spfAt, "v=spf1 mx +all"), "the record lets everybody send"},
		"everybody, included": {txt("provider.example", "v=spf1 all"), "the record lets everybody send"},
		"behind all":          {txt(spfAt, "v=spf1 -all all"), "ok SPF of bounces.harbour.example: one record, which asks the DNS 0 times"},
		"unknown term":        {txt(spfAt, "v=spf1 ipv4:192.0.2.1 -all"), `wrong SPF of bounces.harbour.example: receivers cannot count the record: nobody knows the term "ipv4:192.0.2.1"`},
		"no address":          {txt(spfAt, "v=spf1 ip4:192.0.2 -all"), `"ip4:192.0.2" has no right address`},
		"the other kind":      {txt(spfAt, "v=spf1 ip4:2001:db8::1 -all"), `"ip4:2001:db8::1" has no right address`},
		"no network":          {txt(spfAt, "v=spf1 a/33 -all"), `"a/33" has no right network`},
		"no domain":           {txt(spfAt, "v=spf1 include: -all"), `"include:" names no domain`},
		"no such domain":      {txt(spfAt, "v=spf1 include:gone.example -all"), "it refers to gone.example, which has 0 records"},
		"to itself":           {txt("provider.example", "v=spf1 include:bounces.harbour.example -all"), "bounces.harbour.example refers to itself"},
		"eleven lookups":      {chain, "it asks the DNS more than 10 times"},
		"ten lookups":         {func(z zone) { chain(z); txt("s8.example", "v=spf1 exists:%{i}.x.example -all")(z) }, "asks the DNS 10 times of at most 10"},
		"void":                {txt(spfAt, "v=spf1 a:n1.example a:n2.example mx:n3.example -all"), "more than 2 of its terms stand for nothing"},
		"redirect":            {txt(spfAt, "v=spf1 redirect=provider.example exp=why.example future=1"), "asks the DNS 1 times"},
		"two redirects":       {txt(spfAt, "v=spf1 redirect=provider.example redirect=provider.example"), "it has redirect twice"},
		"control characters":  {txt(spfAt, "v=spf1 \x1b[31m\r\n -all"), `nobody knows the term "?[31m"`},
		"no key":              {func(z zone) { delete(z, dkimAt) }, "wrong DKIM " + dkimAt + ": there is no record"},
		"two keys":            {txt(dkimAt, key, key), "there are 2 records"},
		"another key":         {txt(dkimAt, strings.Replace(key, "p=", "p=AAAA", 1)), "another key than the one that signs"},
		"withdrawn":           {txt(dkimAt, "v=DKIM1; k=ed25519; p="), "the key is withdrawn"},
		"another kind":        {txt(dkimAt, "p="+bare), "for a key of the kind rsa, and ours is ed25519"},
		"another version":     {txt(dkimAt, "v=DKIM2; p="+bare), "of another version"},
		"no key in it":        {txt(dkimAt, "v=DKIM1; k=ed25519"), "has no key (p=)"},
		"no tags":             {txt(dkimAt, "hello"), "has no right form"},
		"on trial":            {txt(dkimAt, key+"; t=s:y"), "warning DKIM " + dkimAt + ": the record has our key, and says that it is on trial"},
		"with spaces":         {txt(dkimAt, "k=ed25519 ; h=sha1:sha256; s=email; p="+bare[:9]+" "+bare[9:]+" ;"), ""},
		"another hash":        {txt(dkimAt, key+"; h=sha1"), "does not allow SHA-256"},
		"no DMARC":            {func(z zone) { delete(z, "_dmarc.harbour.example") }, "wrong DMARC of letters.harbour.example: there is no record"},
		"two of DMARC":        {txt("_dmarc.harbour.example", "v=DMARC1; p=none", "v=DMARC1; p=none"), "_dmarc.harbour.example has 2 records"},
		"no policy":           {txt("_dmarc.harbour.example", "v=DMARC1; rua=mailto:x@harbour.example"), "no policy that receivers know (p=)"},
		"damaged DMARC":       {txt("_dmarc.harbour.example", "v=DMARC1; p=none; x"), "has no right form"},
		"its own":             {txt("_dmarc.letters.harbour.example", "v=DMARC1; p=none"), "ok DMARC of letters.harbour.example: the policy of _dmarc.letters.harbour.example is none"},
		"for what is below":   {txt("_dmarc.harbour.example", "v=DMARC1; p=reject; sp=quarantine"), "is quarantine"},
		"strict":              {txt("_dmarc.harbour.example", "v=DMARC1; p=reject; aspf=s"), "SPF of the return path at bounces.harbour.example does not"},
		"no servers":          {func(z zone) { z["letters.harbour.example"] = posttest.Records{} }, "wrong mail to letters.harbour.example: letters.harbour.example has no MX record and no address"},
		"its own address":     {func(z zone) { z["letters.harbour.example"] = posttest.Records{A: []string{"192.0.2.1"}} }, "warning mail to letters.harbour.example: letters.harbour.example has no MX record"},
		"takes no mail":       {func(z zone) { z["letters.harbour.example"] = posttest.Records{MX: []string{"."}} }, "says that it takes no mail"},
		"servers nowhere":     {func(z zone) { z["letters.harbour.example"] = posttest.Records{MX: []string{"gone.example"}} }, "no server that takes mail for letters.harbour.example has an address"},
		"one server nowhere":  {func(z zone) { delete(z, "mx2.harbour.example") }, "warning mail to bounces.harbour.example: these servers"},
		"DNS fails":           {func(z zone) { z[spfAt] = posttest.Records{MX: z[spfAt].MX, Fails: true} }, "warning mail to bounces.harbour.example: the DNS"},
		"DNS talks nonsense":  {func(z zone) { z[dkimAt] = posttest.Records{Junk: true} }, "warning DKIM " + dkimAt + ": the DNS"},
		"site nowhere":        {func(z zone) { delete(z, "harbour.example") }, "wrong List-Unsubscribe: harbour.example, to which people go to unsubscribe, has no address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, z := healthy()
			o.DNS = posttest.DNS(t, z)
			usual := doctor.Examine(t.Context(), o)
			changed := maps.Clone(z)
			c.change(changed)
			o.DNS = posttest.DNS(t, changed)
			got := unlike(doctor.Examine(t.Context(), o), usual)
			if all := strings.Join(got, "\n"); (c.want == "") != (all == "") || !strings.Contains(all, c.want) {
				t.Errorf("found %q, want %q", all, c.want)
			}
		})
	}
}

// hanging is a DNS that never answers.
type hanging struct{}

func (hanging) LookupTXT(ctx context.Context, _ string) ([]string, error) { return wait[string](ctx) }
func (hanging) LookupMX(ctx context.Context, _ string) ([]*net.MX, error) { return wait[*net.MX](ctx) }
func (hanging) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	return wait[netip.Addr](ctx)
}

func wait[T any](ctx context.Context) ([]T, error) {
	<-ctx.Done()
	return nil, &net.DNSError{Err: "i/o timeout", IsTimeout: true}
}

// A DNS that hangs costs half a minute, and nothing is held to be wrong for it.
func TestHangingDNS(t *testing.T) {
	signer() // outside of the bubble
	synctest.Test(t, func(t *testing.T) {
		o, _ := healthy()
		o.DNS = hanging{}
		began := time.Now()
		found := doctor.Examine(t.Context(), o)
		if took := time.Since(began); took > 30*time.Second || len(found) != 6 {
			t.Errorf("after %s there are %d findings, want 6 within 30s", took, len(found))
		}
		for _, f := range found {
			if f.Level != doctor.Warning || !strings.Contains(f.Text, "the DNS did not answer") {
				t.Errorf("found %v", f)
			}
		}
	})
}

func TestLeave(t *testing.T) {
	for address, want := range map[string]string{
		"http://harbour.example/leave/x":     "wrong List-Unsubscribe: the address that unsubscribes does not begin with https",
		"https://localhost:8080/leave/x":     "is not one that readers can reach",
		"https://press.local/leave/x":        "is not one that readers can reach",
		"https://127.0.0.1/leave/x":          "wrong List-Unsubscribe: the address that unsubscribes has a number",
		"https://[2001:db8::1]/leave/x":      "warning List-Unsubscribe: the address that unsubscribes has a number",
		"%%":                                 "has no right form",
		"https://harbour.example:8443/a/b/c": "ok List-Unsubscribe",
	} {
		o, z := healthy()
		o.DNS, o.Leave = posttest.DNS(t, z), address
		found := doctor.Examine(t.Context(), o)
		if got := unlike(found[len(found)-1:], nil)[0]; !strings.Contains(got, want) {
			t.Errorf("of %s it finds %q, want %q", address, got, want)
		}
	}
}

// Who signs, and where mail comes back to, decides whether DMARC passes.
func TestAlignment(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*doctor.Options)
		want   string
	}{
		"nobody signs here":   {func(o *doctor.Options) { o.Signers = nil }, "warning DKIM of letters.harbour.example: no key signs here"},
		"for another":         {func(o *doctor.Options) { o.From = "other.example" }, "warning DMARC of other.example: neither a signature nor SPF"},
		"comes back to other": {func(o *doctor.Options) { o.ReturnPath = "provider.example" }, "SPF of the return path at provider.example does not"},
	} {
		t.Run(name, func(t *testing.T) {
			o, z := healthy()
			z["_dmarc.other.example"] = posttest.Records{TXT: []string{"v=DMARC1; p=none"}}
			o.DNS = posttest.DNS(t, z)
			c.change(&o)
			if got := strings.Join(unlike(doctor.Examine(t.Context(), o), nil), "\n"); !strings.Contains(got, c.want) {
				t.Errorf("found\n%s\nwant %q", got, c.want)
			}
		})
	}
}

// FuzzRecords has any records at all under every name.
func FuzzRecords(f *testing.F) {
	f.Add("v=spf1 mx a:x.example/24//64 include:x.example ip4:192.0.2.1 exists:%{i}.x redirect=x ~all", "v=DKIM1; k=ed25519; p=AAAA", "v=DMARC1; p=none", "mx.example")
	f.Add("v=spf1 + - ~ ?all /24 //64 :x =", "=;;", "v=DMARC1", ".")
	f.Fuzz(func(t *testing.T, spf, dkim, dmarc, host string) {
		o, _ := healthy()
		o.DNS = echo{[]string{spf, dkim, dmarc}, host}
		for _, f := range doctor.Examine(t.Context(), o) {
			if f.About == "" || f.Text == "" || (f.Level == doctor.OK) != (f.Mend == "") || strings.ContainsFunc(f.Text, func(r rune) bool { return r < ' ' }) {
				t.Errorf("found %+v", f)
			}
		}
	})
}

// echo is a DNS that says the same of every name.
type echo struct {
	texts []string
	host  string
}

func (e echo) LookupTXT(context.Context, string) ([]string, error) { return e.texts, nil }
func (e echo) LookupMX(context.Context, string) ([]*net.MX, error) {
	return []*net.MX{{Host: e.host}}, nil
}
func (e echo) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}
