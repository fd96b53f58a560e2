package admin

import (
	"encoding/csv"
	"net/http"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// usersView is who works at the desk.
type usersView struct {
	Users []magazine.User
	Me    string // address of who looks
	Email string // as typed, of one who was not added
	Role  string
}

func (v *visit) users() error { return v.showUsers(http.StatusOK, "", usersView{}) }

func (v *visit) showUsers(status int, wrong string, view usersView) error {
	all, err := v.Members.Users(v.context())
	if err != nil {
		return err
	}
	view.Users, view.Me = all, v.who.Email
	f := v.frame("/desk/users/", v.words.T("desk.users"), view)
	f.Error = wrong
	return v.show(status, "users", f)
}

// changeUser gives somebody a role, or takes it away.
func (v *visit) changeUser() (err error) {
	email := strings.TrimSpace(v.r.PostFormValue("email"))
	view := usersView{Email: email, Role: v.r.PostFormValue("role")}
	if v.r.PostFormValue("act") == "remove" {
		view = usersView{}
		err = v.Members.RemoveUser(v.context(), email, v.who.Email)
	} else {
		var role magazine.Role
		if role, err = magazine.ParseRole(view.Role); err == nil {
			_, err = v.Members.SetUser(v.context(), email, role, v.who.Email)
		}
	}
	if status, sentence, ok := v.wrong(err); ok {
		return v.showUsers(status, sentence, view)
	}
	if err != nil {
		return err
	}
	v.decided()
	if view.Role != "" {
		why, err := v.Members.Suppressed(v.context(), email)
		if err != nil {
			return err
		}
		if why != "" {
			return v.showUsers(http.StatusOK, v.words.T("desk.user.suppressed", "email", email, "why", why), usersView{})
		}
	}
	return v.seeOther("/desk/users/")
}

// logged is how many of the last acts the log shows at once.
const logged = 200

type logView struct {
	Acts  []store.Act
	Older string // query that leads to those before; empty: there are none
}

func (v *visit) log() error {
	until := v.now
	if at, err := time.Parse(time.RFC3339Nano, v.r.URL.Query().Get("until")); err == nil {
		until = at
	}
	acts, err := v.Store.LastActs(v.context(), until, logged+1)
	if err != nil {
		return err
	}
	view := logView{Acts: acts}
	if len(acts) > logged {
		view.Acts, view.Older = acts[:logged], "?until="+acts[logged].At.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return v.show(http.StatusOK, "log", v.frame("/desk/log/", v.words.T("desk.log"), view))
}

// exportLog gives all that was ever done as a table, oldest first.
func (v *visit) exportLog() error {
	h := v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="audit.csv"`)
	out := csv.NewWriter(v.w)
	out.Write([]string{"at", "who", "what", "newsletter", "schedule", "edition", "subscriber", "whom", "detail"})
	err := v.Store.EachAct(v.context(), time.Time{}, func(a store.Act) error {
		return out.Write([]string{a.At.Format(time.RFC3339), members.Shield(a.Who), a.What, a.Newsletter, a.Schedule, a.Edition, a.Subscriber, members.Shield(a.Whom), members.Shield(a.Detail)})
	})
	out.Flush()
	if err != nil { // the status has gone out; a list that is cut must not look whole
		v.Log.Error("the audit log could not be exported whole", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
