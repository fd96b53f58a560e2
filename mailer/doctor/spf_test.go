package doctor

import (
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/mailer"
)

// The record is compared with the relays' own addresses.
func TestRelaysInSPF(t *testing.T) {
	zone := map[string]posttest.Records{
		"mx.harbour.example":    {A: []string{"192.0.2.25", "2001:db8::25"}},
		"relay.example":         {A: []string{"198.51.100.7"}},
		"harbour.example":       {MX: []string{"mx.harbour.example"}},
		"provider.example":      {TXT: []string{"v=spf1 ip4:198.51.100.0/24 ~all"}},
		"all.provider.example":  {TXT: []string{"v=spf1 include:provider.example -all"}},
		"else.provider.example": {TXT: []string{"v=spf1 redirect=provider.example"}},
	}
	for record, want := range map[string]string{
		"v=spf1 mx -all": "192.0.2.25 ok, 2001:db8::25 ok, 198.51.100.7 (fail)",
		"v=spf1 a:mx.harbour.example/24//32 ~all":                         "192.0.2.25 ok, 2001:db8::25 ok, 198.51.100.7 (softfail)",
		"v=spf1 include:provider.example":                                 "192.0.2.25 (neutral), 2001:db8::25 (neutral), 198.51.100.7 ok",
		"v=spf1 include:all.provider.example ~all":                        "192.0.2.25 (softfail), 2001:db8::25 (softfail), 198.51.100.7 ok",
		"v=spf1 include:else.provider.example -all":                       "192.0.2.25 (fail), 2001:db8::25 (fail), 198.51.100.7 ok",
		"v=spf1 redirect=provider.example":                                "192.0.2.25 (softfail), 2001:db8::25 (softfail), 198.51.100.7 ok",
		"v=spf1 -ip4:192.0.2.0/28 ip4:192.0.0.0/8 ip6:2001:db8::/32 ?all": "192.0.2.25 ok, 2001:db8::25 ok, 198.51.100.7 (neutral)",
		"v=spf1 -ip4:192.0.2.25 ip4:192.0.0.0/8 -all":                     "192.0.2.25 (fail), 2001:db8::25 (fail), 198.51.100.7 (fail)",
		"v=spf1 exists:%{i}.list.example -all":                            "192.0.2.25 untold, 2001:db8::25 untold, 198.51.100.7 untold",
		"v=spf1 ip4:192.0.2.25 include:%{d}.example -all":                 "192.0.2.25 ok, 2001:db8::25 untold, 198.51.100.7 untold",
	} {
		z := map[string]posttest.Records{}
		for name, r := range zone {
			z[name] = r
		}
		z["harbour.example"] = posttest.Records{MX: zone["harbour.example"].MX, TXT: []string{record}}
		e := examination{ctx: t.Context(), Options: Options{DNS: posttest.DNS(t, z), Relays: []mailer.Relay{
			{Address: "mx.harbour.example:25"}, {Address: "192.0.2.25:25"}, {Address: "relay.example:587"}, {Address: "gone.example:25"}, {Address: "127.0.0.1:25"}}}}
		e.spf("harbour.example")
		var got []string
		for _, f := range e.found {
			text := strings.NewReplacer("it names the relay's address ", "", "it does not name the relay's address ", "", "whether it names the relay's address ", "", " depends on the message", " untold").Replace(f.Text)
			if strings.HasPrefix(f.Text, "it names") {
				text += " ok"
			}
			got = append(got, text)
		}
		end := ", the relay's address 127.0.0.1 is not one that receivers see, so the record was not compared with it, the relay's address was not found in the DNS: gone.example"
		if all := strings.Join(got[1:], ", "); all != want+end {
			t.Errorf("of %s it finds\n%s\nwant\n%s", record, all, want+end)
		}
	}
}
