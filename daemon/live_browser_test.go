package daemon_test

import (
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// TestBrowserLiveWaits has another edition begin while somebody writes why they drop
// one: the page that shows what is on its way stays as it is until they are done.
func TestBrowserLiveWaits(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "sqlite")
	h.join("amina")
	h.publish("tides")
	h.held("the clock jumped")
	j, _ := h.comesIn(posttest.Desktop, ".card")
	j.Do("write", posttest.Click(".card details summary"), posttest.WaitVisible(`.card input[name="text"]`), posttest.SendKeys(`.card input[name="text"]`, "the lead"))
	h.write(func(tx *store.Tx) error { // it is on its way, and nobody works on it
		_, err := tx.PutEdition(h.ctx, magazine.Edition{ID: "other", Newsletter: "weekly", Key: "again/x/other", State: magazine.EditionSending, Nominal: tx.Now})
		return err
	})
	// The page's own ear is told as often as this one.
	told := posttest.Ask[bool](j, `window.stays = true, new Promise(done => {
		let n = 0;
		const ear = new EventSource(document.querySelector("[data-live]").dataset.live);
		ear.addEventListener("other", () => { if (++n === 3) { ear.close(); done(true); } });
	})`)
	if !told {
		t.Fatal("the page is told of no other")
	}
	if typed := posttest.Ask[string](j, `window.stays === true ? document.querySelector(".card input[name=text]").value : "loaded again"`); typed != "the lead" {
		t.Errorf("while somebody writes the page has %q", typed)
	}
	posttest.Ask[bool](j, `document.querySelector(".card input[name=text]").value = "", document.querySelector(".card details").open = false, document.activeElement.blur(), true`)
	j.Do("see the other", posttest.WaitVisible(`[data-edition="other"]`))
}
