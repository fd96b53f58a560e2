package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
)

func TestChangingTheAddress(t *testing.T) {
	f := newFixture(t)
	amina := f.member("amina@example.org")
	cookie := f.signIn("amina@example.org")
	if res := f.post("/account/address", "email=new@example.org"); res.StatusCode != http.StatusSeeOther || len(f.moves) != 0 {
		t.Errorf("not signed in: %d", res.StatusCode)
	}
	if res := f.post("/account/address", "email=new", "Cookie", cookie); res.StatusCode != http.StatusBadRequest || !strings.Contains(res.body, "Write the address as name@domain.") {
		t.Errorf("no address: %d\n%s", res.StatusCode, res.body)
	}
	if res := f.post("/account/address", "email=new@example.org", "Cookie", cookie); res.StatusCode != http.StatusOK || len(f.moves) != 1 {
		t.Fatalf("%d\n%s", res.StatusCode, res.body)
	}
	page := f.get("/account", "Cookie", cookie)
	_, id, _ := strings.Cut(page.body, `name="end" value="`)
	id, _, _ = strings.Cut(id, `"`)
	if !strings.Contains(page.body, "new@example.org") || id == "" {
		t.Fatalf("what is not confirmed:\n%s", page.body)
	}
	if res := f.post("/account/address", "end="+id, "Cookie", cookie); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d\n%s", res.StatusCode, res.body)
	}
	if page := f.get("/account", "Cookie", cookie); strings.Contains(page.body, "new@example.org") {
		t.Errorf("called off:\n%s", page.body)
	}
	if res := f.get("/address/" + f.members.AddressToken(f.moves[0])); res.StatusCode != http.StatusBadRequest || !strings.Contains(res.body, "called off") {
		t.Errorf("its link: %d\n%s", res.StatusCode, res.body)
	}
	f.moves = nil
	if res := f.post("/account/address", "email=new@example.org", "Cookie", cookie); res.StatusCode != http.StatusOK || len(f.moves) != 1 {
		t.Fatalf("once more: %d\n%s", res.StatusCode, res.body)
	}
	link := "/address/" + f.members.AddressToken(f.moves[0])
	for range 2 {
		res := f.get(link)
		checkSecret(t, res)
		if !strings.Contains(res.body, "What comes to amina@example.org is to come to new@example.org instead.") {
			t.Errorf("the page of the link:\n%s", res.body)
		}
	}
	if p, _ := f.store.Subscriber(f.Context(), amina.ID); p.Email != amina.Email {
		t.Fatal("a GET changed the address")
	}
	for range 2 {
		if res := f.post(link, ""); res.StatusCode != http.StatusOK || !strings.Contains(res.body, "comes to new@example.org from now on") {
			t.Errorf("%d\n%s", res.StatusCode, res.body)
		}
	}
	if page := f.get("/account", "Cookie", cookie); !strings.Contains(page.body, "new@example.org") {
		t.Errorf("the account:\n%s", page.body)
	}
	back := "/address/" + f.members.AddressToken(f.moves[1])
	if res := f.get(back); !strings.Contains(res.body, "brings it back to amina@example.org") {
		t.Errorf("the page of the way back:\n%s", res.body)
	}
	if res := f.post(back, ""); res.StatusCode != http.StatusOK || !strings.Contains(res.body, "Your address is back") {
		t.Errorf("%d\n%s", res.StatusCode, res.body)
	}
	if res := f.get("/account", "Cookie", cookie); res.StatusCode != http.StatusSeeOther {
		t.Errorf("signed in still: %d", res.StatusCode)
	}
	for what, bad := range map[string]string{"cut": link[:len(link)-2], "doubled": link + "x", "nothing": "/address/x", "odd bytes": "/address/%00%ff"} {
		for _, method := range []string{"GET", "POST"} {
			if res := f.do(request(method, bad, "")); res.StatusCode != http.StatusNotFound || !strings.Contains(res.body, `action="/signin"`) {
				t.Errorf("%s %s: %d\n%s", method, what, res.StatusCode, res.body)
			}
		}
	}
}

func TestDataAndErasing(t *testing.T) {
	f := newFixture(t)
	amina := f.member("amina@example.org")
	for _, path := range []string{"/account/data", "/account/erase"} {
		if res := f.get(path); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/signin") {
			t.Errorf("%s: %d to %q", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	cookie := f.signIn("amina@example.org")
	res := f.get("/account/data", "Cookie", cookie)
	var data members.Data
	if err := json.Unmarshal([]byte(res.body), &data); err != nil || data.Email != amina.Email || len(data.Subscriptions) != 1 || res.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v, %v\n%s", err, res.Header, res.body)
	}
	if res := f.get("/account/erase", "Cookie", cookie); res.StatusCode != http.StatusOK || !strings.Contains(res.body, "Erase me") {
		t.Errorf("%d\n%s", res.StatusCode, res.body)
	}
	if _, err := f.store.Subscriber(f.Context(), amina.ID); err != nil {
		t.Fatal("a GET erased", err)
	}
	if res := f.post("/account/erase", "", "Cookie", cookie, "Origin", "https://evil.example"); res.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %d", res.StatusCode)
	}
	if res := f.post("/account/erase", "", "Cookie", cookie); res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 || res.Cookies()[0].MaxAge >= 0 {
		t.Errorf("%d, %v\n%s", res.StatusCode, res.Cookies(), res.body)
	}
	if _, err := f.store.Subscriber(f.Context(), amina.ID); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
	leave := "/leave/" + f.members.LeaveToken(amina.ID, "weekly")
	if res := f.get(leave); res.StatusCode != http.StatusOK || !strings.Contains(res.body, "You have left") || strings.Contains(res.body, "<textarea") {
		t.Errorf("the leaving link of an old mail: %d\n%s", res.StatusCode, res.body)
	}
	if res := f.post(leave, "List-Unsubscribe=One-Click"); res.StatusCode != http.StatusOK {
		t.Errorf("one click: %d", res.StatusCode)
	}
}

func TestInsteadOfLeaving(t *testing.T) {
	f := choosy(t)
	p := f.member("amina@example.org")
	leave := "/leave/" + f.members.LeaveToken(p.ID, "weekly")
	if page := f.get(leave); !strings.Contains(page.body, "Each day") || strings.Contains(page.body, "Each Friday") || !strings.Contains(page.body, "For three months") {
		t.Errorf("the choices:\n%s", page.body)
	}
	for _, c := range []struct {
		form   url.Values
		status int
		want   string
	}{
		{url.Values{"act": {"less"}, "often": {"daily"}}, 200, "as you have chosen"},
		{url.Values{"act": {"less"}, "often": {"hourly"}}, 400, "Choose how often"},
		{url.Values{"act": {"less"}}, 400, "Choose how often"},
		{url.Values{"act": {"pause"}, "days": {"30"}}, 200, "It is paused"},
		{url.Values{"act": {"pause"}, "days": {"-1"}}, 400, "for how long"},
		{url.Values{"act": {"pause"}, "days": {"500"}}, 400, "for how long"},
		{url.Values{"act": {"pause"}, "days": {strings.Repeat("9", 999)}}, 400, "for how long"},
	} {
		res := f.post(leave, c.form.Encode())
		if res.StatusCode != c.status || !strings.Contains(res.body, c.want) || f.share(p.Email, "weekly").State != magazine.SubscriptionActive {
			t.Errorf("%v: %d\n%s", c.form, res.StatusCode, res.body)
		}
	}
	if s := f.share(p.Email, "weekly"); s.Frequency != "daily" || !s.PausedUntil.Equal(f.clock.Now().AddDate(0, 0, 30)) {
		t.Errorf("%+v", s)
	}
	f.post(leave, "")
	if res := f.post(leave, url.Values{"act": {"reason"}, "reason": {"{{.}} <script>"}}.Encode()); res.StatusCode != http.StatusOK || !strings.Contains(res.body, "Thank you") {
		t.Errorf("why: %d\n%s", res.StatusCode, res.body)
	}
	if res := f.post(leave, "act=pause&days=30"); res.StatusCode != http.StatusConflict || !strings.Contains(res.body, "You have left") {
		t.Errorf("a pause after leaving: %d\n%s", res.StatusCode, res.body)
	}
}

// Mails are passed on: their old links do not tell whoever has one which address a
// person has since.
func TestOldLinksTellNoNewAddress(t *testing.T) {
	f := newFixture(t)
	f.post("/join", "newsletter=weekly&email=amina@example.org")
	confirm := "/confirm/" + f.members.ConfirmToken(f.signUps[len(f.signUps)-1])
	f.clock.Add(time.Second)
	if res := f.post(confirm, ""); res.StatusCode != http.StatusOK || !strings.Contains(res.body, "at amina@example.org") {
		t.Fatalf("confirming: %d\n%s", res.StatusCode, res.body)
	}
	p := f.person("amina@example.org")
	leave := "/leave/" + f.members.LeaveToken(p.ID, "weekly")
	if res := f.get(leave); !strings.Contains(res.body, "comes to amina@example.org") {
		t.Errorf("the leaving link:\n%s", res.body)
	}
	f.clock.Add(time.Second)
	if err := f.members.AskAddress(t.Context(), f.session(p), "hidden@example.net"); err != nil {
		t.Fatal(err)
	}
	f.moved()
	for _, res := range []answer{f.get(leave), f.get(confirm), f.post(confirm, ""), f.post(leave, ""), f.get(leave)} {
		if res.StatusCode != http.StatusOK || strings.Contains(res.body, "hidden") || strings.Contains(res.body, "amina@") || !strings.Contains(res.body, "The Week by the Water") {
			t.Errorf("%d\n%s", res.StatusCode, res.body)
		}
	}
	if res := f.get(leave); !strings.Contains(res.body, "<textarea") {
		t.Errorf("one who has left may not say why:\n%s", res.body)
	}
	f.clock.Add(time.Second)
	f.post("/join", "newsletter=weekly&email=hidden@example.net")
	fresh := "/confirm/" + f.members.ConfirmToken(f.signUps[len(f.signUps)-1])
	for _, res := range []answer{f.get(fresh), f.post(fresh, ""), f.get(fresh)} {
		if !strings.Contains(res.body, "hidden@example.net") {
			t.Errorf("a link that was mailed there: %d\n%s", res.StatusCode, res.body)
		}
	}
}
