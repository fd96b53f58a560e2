package daemon_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"postrider/members"
	"postrider/store"
	"postrider/web/admin"
)

// What is said of each blackout is what taking it away does: of one that kept a send that
// another had moved from an earlier date, too, and of none that is long over or far ahead.
func TestLiftingOfEachBlackout(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.step()
		h.saved(desked("evening", "friday at 07:00"))
		_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
		h.must(err)
		h.publish("tide")
		for _, b := range []store.Blackout{
			{From: "2024-10-11", Then: "move"},                   // Friday
			{From: "2024-10-12", To: "2024-10-13", Then: "drop"}, // so it goes out on Monday
			{From: "2024-09-03", To: "2024-09-06", Then: "move"}, // long over
			{From: "2024-12-24", To: "2024-12-27", Then: "move"}, // far ahead
		} {
			b.Newsletter, b.Schedule = "weekly", "evening"
			h.must(h.AddBlackout(h.ctx, b, "badr", ""))
		}
		h.clock.Set(friday.Add(29 * time.Hour)) // Saturday: Friday's is too late, and Saturday's would not be
		h.step()
		kept, err := h.Store.Timetable(h.ctx)
		h.must(err)
		lifting, err := h.Lifting(h.ctx)
		h.must(err)
		var said []string
		for _, b := range kept.Blackouts {
			if once := lifting[b.ID]; len(once.Goes) > 0 {
				said = append(said, fmt.Sprint(b.From, " ", len(once.Goes)))
			}
		}
		if !slices.Equal(said, []string{"2024-10-12 1"}) {
			t.Fatalf("said: %q", said)
		}
		bars := kept.Blackouts[slices.IndexFunc(kept.Blackouts, func(b store.Blackout) bool { return b.From == "2024-10-12" })].ID
		if err := h.RemoveBlackout(h.ctx, bars, "badr", admin.AtOnce{}.Mark()); !errors.Is(err, admin.ErrAtOnce) {
			t.Errorf("done for who did not see it: %v", err)
		}
		h.must(h.RemoveBlackout(h.ctx, bars, "badr", lifting[bars].Mark()))
		h.step()
		if got := h.got("noor"); got != "tide" {
			t.Errorf("noor got %q", got)
		}
	})
}
