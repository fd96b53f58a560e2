package daemon_test

import (
	"strings"
	"testing"
	"time"
)

// speak has people choose languages: "ar", "badr".
func (h *house) speak(language string, names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.must(h.Members.SetLanguage(h.ctx, h.ids[name], language))
	}
}

// newest is the last message to a person: its language, and its text as they see it.
func (h *house) newest(name string) (language, text string) {
	h.t.Helper()
	for _, m := range h.server.Messages() {
		if m.To == name+"@people.example" {
			language, text = header(h.t, m.Raw, "Content-Language"), strings.ReplaceAll(plain(h.t, m.Raw), "\r\n", "\n")
		}
	}
	return language, text
}

// Each person's mail speaks the language that they have chosen, and runs in its
// direction; people of one language share one message, and those who have chosen
// none, or one that nobody here speaks, get the publication's.
func TestDigestsInEachPersonsLanguage(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "badr", "chloe", "dalia", "emma", "farid", "gita")
		h.publish("tide", "clock")
		count := func(edition string, want int) {
			t.Helper()
			if n, err := h.Store.CountMessages(h.ctx, edition); err != nil || n != want {
				t.Errorf("%d messages, want %d: %v", n, want, err)
			}
		}
		id := h.send()
		count(id, 1)
		h.expectEdition(id, "sent, 7 sent")

		h.speak("ar", "badr", "dalia")
		h.speak("fr", "chloe")
		h.speak("xx", "farid")
		h.speak("en-GB", "emma")
		h.publish("fog")
		shown, err := h.Preview(h.ctx, "weekly", "badr@people.example", time.Time{})
		h.must(err)
		if !strings.Contains(shown.HTML, `<html lang="ar" dir="rtl">`) || !strings.Contains(shown.Text, "إلغاء الاشتراك") {
			t.Errorf("the preview:\n%s", shown.Text)
		}
		id = h.send()
		count(id, 3)
		h.expectEdition(id, "sent, 7 sent")
		for name, want := range map[string][3]string{
			"amina": {"en", `lang="en" dir="ltr"`, "Unsubscribe:"}, "farid": {"en", `lang="en" dir="ltr"`, "Unsubscribe:"}, "emma": {"en", `lang="en" dir="ltr"`, "Unsubscribe:"},
			"gita": {"en", `lang="en" dir="ltr"`, "Unsubscribe:"},
			"badr": {"ar", `lang="ar" dir="rtl"`, "إلغاء الاشتراك"}, "dalia": {"ar", `lang="ar" dir="rtl"`, "إلغاء الاشتراك"},
			"chloe": {"fr", `lang="fr" dir="ltr"`, "Se désabonner"},
		} {
			language, text := h.newest(name)
			if language != want[0] || !strings.Contains(text, "<html "+want[1]) || !strings.Contains(text, want[2]) {
				t.Errorf("%s got a mail in %q:\n%s", name, language, text)
			}
			if want[0] != "en" && (strings.Contains(text, "Unsubscribe") || strings.Contains(text, "September") || strings.Contains(text, "min read")) {
				t.Errorf("%s got English with it:\n%s", name, text)
			}
			if h.got(name) != "clock tide; fog" {
				t.Errorf("%s got %s", name, h.got(name))
			}
		}
	})
}

// A language that is chosen after an edition's messages were made counts for who
// has not had theirs, and is kept over a restart.
func TestALanguageChosenWhileAnEditionGoesOut(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "badr")
	h.publish("tide")
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, id))
	if n, err := h.Store.CountMessages(h.ctx, id); err != nil || n != 1 {
		t.Fatalf("%d messages, %v", n, err)
	}
	h.speak("ar", "badr")
	h.reopen()
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sent, 2 sent")
	for name, want := range map[string]string{"amina": "en", "badr": "ar"} {
		if language, text := h.newest(name); language != want {
			t.Errorf("%s got a mail in %q:\n%s", name, language, text)
		}
	}
	if n, err := h.Store.CountMessages(h.ctx, id); err != nil || n != 2 {
		t.Errorf("%d messages, %v", n, err)
	}
}
