package admin

import (
	"net/http"
	"time"

	"postrider/magazine"
	"postrider/members"
)

// addView is the form by which one person is added, as it was filled in.
type addView struct {
	Email, Name string
	Letters     []letterView
	Tiers       []magazine.Tier
	Tier        magazine.Tier
	Confirmed   bool
}

func (v *visit) addForm() error {
	return v.showAdd(http.StatusOK, "", addView{Email: magazine.CleanText(v.r.URL.Query().Get("email"))}, nil)
}

func (v *visit) showAdd(status int, wrong string, view addView, chosen []string) error {
	for _, n := range v.Newsletters {
		one := letterView{Name: n.Name, Title: v.titleOf(n.Name), Chosen: chosen == nil}
		for _, name := range chosen {
			one.Chosen = one.Chosen || name == n.Name
		}
		view.Letters = append(view.Letters, one)
	}
	view.Tiers = v.Publication.Tiers.All()
	f := v.frame("/desk/people/", v.words.T("desk.add.title"), view)
	f.Error = wrong
	return v.show(status, "add", f)
}

// addPerson adds one person, and shows them.
func (v *visit) addPerson() error {
	view := addView{Email: v.r.PostFormValue("email"), Name: v.r.PostFormValue("name"), Tier: magazine.Tier(v.r.PostFormValue("tier")), Confirmed: v.r.PostFormValue("confirmed") == "yes"}
	chosen := v.r.PostForm["newsletter"]
	id, became, err := v.Members.AddFor(v.context(), members.Request{Email: view.Email, Name: view.Name, Newsletters: chosen, Tier: view.Tier, Form: "added by " + v.who.Email}, view.Confirmed, v.who.Email)
	switch {
	case err != nil:
	case became == members.Suppressed:
		err = magazine.Errorf(magazine.Conflict, "the address is suppressed").Said("desk.add.suppressed")
	case became == members.Left:
		err = magazine.Errorf(magazine.Conflict, "the person has left").Said("desk.add.left")
	}
	if status, sentence, ok := v.wrong(err); ok {
		return v.showAdd(status, sentence, view, append([]string{}, chosen...))
	}
	if err != nil {
		return err
	}
	return v.did("/desk/people/" + id + "/")
}

// exportFor is how long a list may take to be taken by who asks for it.
const exportFor = time.Hour

// exportPeople gives the list of those who get a newsletter, as the command does.
func (v *visit) exportPeople() error {
	name := v.r.PostFormValue("newsletter")
	if v.Members.Newsletter(name) == nil {
		return magazine.Errorf(magazine.NotFound, "there is no newsletter %q", name).Said("fault.form.altered")
	}
	if err := v.Members.NoteExport(v.context(), name, v.who.Email); err != nil {
		return err
	}
	http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(exportFor))
	h := v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	if err := v.Members.Export(v.context(), name, v.w); err != nil { // the status has gone out; a list that is cut must not look whole
		v.Log.Error("the list of people could not be exported whole", "newsletter", name, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
