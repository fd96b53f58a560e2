package daemon_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// TestBrowserLiveWaits has another edition begin while somebody writes why they drop
// one: the page that shows what is on its way stays as it is until they are done.
func TestBrowserLiveWaits(t *testing.T) {
	ctx := posttest.Browser(t)
	h := buildRunning(t, "sqlite")
	h.join("amina")
	h.publish("tides")
	h.held("the clock jumped")
	base := serve(t, h.Daemon)
	u, err := h.Members.SetUser(h.ctx, "owner@people.example", magazine.Owner, "root")
	h.must(err)
	token, err := h.Members.UserLink(h.ctx, u, "root")
	h.must(err)
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	do("come in", chromedp.Navigate(base+"/signin/"+token), chromedp.Click(".message button"), chromedp.WaitVisible(".card"))
	do("write", chromedp.Click(".card details summary"), chromedp.WaitVisible(`.card input[name="text"]`), chromedp.SendKeys(`.card input[name="text"]`, "the lead"))
	h.write(func(tx *store.Tx) error { // it is on its way, and nobody works on it
		_, err := tx.PutEdition(h.ctx, magazine.Edition{ID: "other", Newsletter: "weekly", Key: "again/x/other", State: magazine.EditionSending, Nominal: tx.Now})
		return err
	})
	// The page's own ear is told as often as this one.
	told, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`window.stays = true, new Promise(done => {
		let n = 0;
		const ear = new EventSource(document.querySelector("[data-live]").dataset.live);
		ear.addEventListener("other", () => { if (++n === 3) { ear.close(); done(true); } });
	})`, chromedp.EvalAwaitPromise))
	if err != nil || !told {
		t.Fatalf("the page is told of no other: %v", err)
	}
	typed, err := chromedp.Run(ctx, chromedp.Evaluate[string](`window.stays === true ? document.querySelector(".card input[name=text]").value : "loaded again"`))
	if err != nil || typed != "the lead" {
		t.Errorf("while somebody writes the page has %q, %v", typed, err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector(".card input[name=text]").value = "", document.querySelector(".card details").open = false, document.activeElement.blur(), true`)); err != nil {
		t.Fatal(err)
	}
	do("see the other", chromedp.WaitVisible(`[data-edition="other"]`))
}
