package members_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

func (h *house) importing(list string, o members.ImportOptions) members.Imported {
	h.Helper()
	got, err := h.Import(ctx, strings.NewReader(list), o)
	if err != nil {
		h.Fatal(err)
	}
	return got
}

// people lists all subscribers as "email name; ".
func (h *house) people() string {
	h.Helper()
	var all []string
	if err := h.store.EachSubscriber(ctx, func(l store.SubscriberListing) error {
		all = append(all, strings.TrimSpace(l.Email+" "+l.Name))
		return nil
	}); err != nil {
		h.Fatal(err)
	}
	for i := range all { // by address: ids are random
		for j := i + 1; j < len(all); j++ {
			if all[j] < all[i] {
				all[i], all[j] = all[j], all[i]
			}
		}
	}
	return strings.Join(all, "; ")
}

// forget deletes every subscriber, and whom imports have.
func (h *house) forget() {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		for _, table := range []string{"follows", "subscriptions", "signups", "import_people", "subscribers"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		return nil
	})
}

func utf16le(s string) string {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestListsOfEveryMake(t *testing.T) {
	const both = "a@example.org Amina; b@example.org Bo"
	h := lite(t)
	for name, c := range map[string]struct{ list, people string }{
		"plain":                     {"email,name\na@example.org,Amina\nb@example.org,Bo\n", both},
		"CR LF":                     {"email,name\r\na@example.org,Amina\r\nb@example.org,Bo\r\n", both},
		"CR alone":                  {"email,name\ra@example.org,Amina\rb@example.org,Bo", both},
		"no end of the last line":   {"email,name\na@example.org,Amina\nb@example.org,Bo", both},
		"byte order mark":           {"\ufeffemail,name\na@example.org,Amina\nb@example.org,Bo\n", both},
		"UTF-16":                    {utf16le("email\tname\r\na@example.org\tAmina\r\nb@example.org\tBo\r\n"), both},
		"semicolons":                {"name;email\nAmina;a@example.org\nBo;b@example.org\n", both},
		"semicolons, comma heading": {"email;name;\"last, first\"\na@example.org;Amina;\nb@example.org;Bo;\n", both},
		"tabs":                      {"email\tname\na@example.org\tAmina\nb@example.org\tBo\n", both},
		"one column":                {"email\na@example.org\nb@example.org\n", "a@example.org; b@example.org"},
		"quotes":                    {"\"E-mail Address\",\"Full Name\"\n\"a@example.org\",\"Amina \"\"O\"\" N., Dr\"\nb@example.org,\" Bo \"\n", "a@example.org Amina \"O\" N., Dr; b@example.org Bo"},
		"line ends in quotes":       {"email,notes,name\na@example.org,\"one\ntwo\r\n\r\nthree\",Amina\nb@example.org,,Bo\n", both},
		"stray quotes":              {"email,name\na@example.org,Ami\"na\nb@example.org,B\"o\n", "a@example.org Ami\"na; b@example.org B\"o"},
		"a quote never closed":      {"email,name\na@example.org,\"Amina\nb@example.org,Bo\n", "a@example.org Amina; b@example.org Bo"},
		"two never closed":          {"email,name\na@example.org,\"Amina\nb@example.org,\"Bo\n", both},
		"first and last name":       {"Email,First Name,Surname,Time Zone\na@example.org,Amina,O.,Africa/Nairobi\nb@example.org,Bo,,\n", "a@example.org Amina O.; b@example.org Bo"},
		"headings in their own way": {" E-MAIL ,x, Display  Name\na@example.org,1,Amina\nb@example.org,2,Bo\n", both},
		"a heading twice":           {"email,email,name\na@example.org,x@example.org,Amina\nb@example.org,,Bo\n", both},
		"empty lines":               {"email,name\n\n  \na@example.org,Amina\n,\n\nb@example.org,Bo\n\n", both},
		"short and long lines":      {"name,email,x\nAmina,a@example.org\nBo,b@example.org,1,2,3,4\n", both},
		"Windows-1252":              {"email,name\na@example.org,Jos\xe9\n", "a@example.org José"},
		"the name is the address":   {"email,name\na@example.org,a@example.org\n", "a@example.org"},
		"only headings":             {"email,name\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h.TB = t
			h.forget()
			done := h.importing(c.list, members.ImportOptions{Confirmed: true})
			if got := h.people(); got != c.people || done.Invalid > 0 {
				t.Errorf("%q, want %q; %+v", got, c.people, done)
			}
		})
	}
}

func TestListsThatCannotBeUsed(t *testing.T) {
	h := lite(t)
	for name, c := range map[string]struct{ list, says string }{
		"empty":     {"", "empty"},
		"a mark":    {"\ufeff", "empty"},
		"no email":  {"name,phone\nAmina,1\n", `"name,phone"`},
		"no head":   {"a@example.org,Amina\n", "headed email"},
		"no text":   {"\x1f\x8b\x08\x00\x00\n\x00", "headed email"},
		"long head": {strings.Repeat("x,", 1<<20), "headed email"},
	} {
		_, err := h.Import(ctx, strings.NewReader(c.list), members.ImportOptions{})
		if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Import(ctx, iotest.ErrReader(errors.New("the disk is gone")), members.ImportOptions{}); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("%v", err)
	}
	broken := io.MultiReader(strings.NewReader("email\na@example.org\n"), iotest.ErrReader(errors.New("the disk is gone")))
	if _, err := h.Import(ctx, broken, members.ImportOptions{}); err == nil || !strings.Contains(err.Error(), "line 3: the disk is gone") {
		t.Errorf("%v", err)
	}
}

func TestBadLinesAreNamed(t *testing.T) {
	each(t, func(h *house) {
		list := "email,name,section,timezone\n" + // line 1
			"a@example.org,Amina,fiction,\n" +
			"no address,Bo,,\n" +
			"\"c@example.org\",\"one\ntwo\",nowhere,\n" + // lines 4 and 5
			"d@example.org,D,,Mars\n" +
			"\n" +
			"e@example.org," + strings.Repeat("x", 70_000) + ",,\n" +
			"f@example.org,F,,\n" // line 9
		done := h.importing(list, members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
		want := []string{"line 3: \"no address\" is no mail address", "line 4: there is no section \"nowhere\"", "line 6: \"Mars\" is no time zone", "line 8: the line is longer"}
		if done.Added != 2 || done.Invalid != 4 || len(done.Problems) != 4 {
			h.Fatalf("%+v", done)
		}
		for i, w := range want {
			if !strings.HasPrefix(done.Problems[i].String(), w) {
				h.Errorf("%q, want %q", done.Problems[i].String(), w)
			}
		}
		h.want("taken", "a@example.org", "confirmed weekly(fiction)")
		h.want("taken", "f@example.org", "confirmed weekly")
		many := h.importing("email\n"+strings.Repeat("x\n", 500), members.ImportOptions{})
		if many.Invalid != 500 || len(many.Problems) != 100 || many.Problems[99].String() != "line 101: "+strings.SplitN(many.Problems[0].String(), ": ", 2)[1] {
			h.Errorf("%d, %d, %q", many.Invalid, len(many.Problems), many.Problems[99])
		}
		if _, err := h.Import(ctx, strings.NewReader("email\na@example.org\n"), members.ImportOptions{Newsletters: []string{"daily"}}); err != nil {
			h.Errorf("%v", err)
		}
	})
}

// The language of a list is kept in its one spelling, and never over what the
// person has chosen; an export carries it back.
func TestLanguageInLists(t *testing.T) {
	each(t, func(h *house) {
		language := func(email string) string {
			h.Helper()
			p, err := h.store.SubscriberByEmail(ctx, email)
			if err != nil {
				h.Fatal(err)
			}
			return p.Language
		}
		chosen := h.person("chosen@example.org")
		if err := h.SetLanguage(ctx, chosen.ID, "fr"); err != nil {
			h.Fatal(err)
		}
		h.person("none@example.org")
		const list = "Email,Lang\nchosen@example.org,ar\nnone@example.org,AR_ma-u-nu-abcde\nnew@example.org,ar-u-nu-latn-ca-islamic-x-a\nother@example.org,\nbad@example.org,klingon\nworse@example.org,français\n" +
			"mul@example.org,und\n"
		done := h.importing(list, members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
		if done.Added != 2 || done.Invalid != 3 || !strings.HasPrefix(done.Problems[0].String(), `line 6: "klingon" is no language; write a tag`) {
			h.Errorf("%+v", done)
		}
		for email, want := range map[string]string{"chosen": "fr", "none": "ar-MA", "new": "ar-u-nu-latn", "other": ""} {
			if got := language(email + "@example.org"); got != want {
				h.Errorf("%s: %q, want %q", email, got, want)
			}
		}
		var out strings.Builder
		if err := h.Export(ctx, "weekly", &out); err != nil {
			h.Fatal(err)
		}
		if !strings.HasPrefix(out.String(), "email,name,timezone,language,author,") || !strings.Contains(out.String(), "\nnew@example.org,,,ar-u-nu-latn,,") {
			h.Errorf("exported:\n%s", &out)
		}
		h.write(func(tx *store.Tx) error { return tx.SetLanguage(ctx, chosen.ID, "") })
		if again := h.importing(out.String(), members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}}); again.Known != 4 || language("chosen@example.org") != "fr" {
			h.Errorf("brought back: %+v, %q", again, language("chosen@example.org"))
		}
	})
}

func TestImportStates(t *testing.T) {
	each(t, func(h *house) {
		h.add("known", request("known@example.org", "weekly"), true, false, members.Added)
		h.add("less", request("less@example.org", "new-books"), true, false, members.Added)
		h.add("left", request("left@example.org", "weekly"), true, false, members.Added)
		h.leave("left@example.org", "weekly")
		h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, "never@example.org", "bounced") })
		const list = "email\nKNOWN@example.org\nless@example.org\nleft@example.org\nnever@example.org\nnew@example.org\nnew@example.org\nbad\n"
		before := h.people()
		for _, c := range []struct {
			o    members.ImportOptions
			want members.Imported
		}{
			{members.ImportOptions{DryRun: true}, members.Imported{Added: 1, Extended: 1, Known: 2, Left: 1, Suppressed: 1, Invalid: 1}},
			{members.ImportOptions{}, members.Imported{Added: 1, Extended: 1, Known: 2, Left: 1, Suppressed: 1, Invalid: 1}},
			{members.ImportOptions{}, members.Imported{Known: 4, Left: 1, Suppressed: 1, Invalid: 1}},
			{members.ImportOptions{Confirmed: true}, members.Imported{Added: 1, Known: 3, Left: 1, Suppressed: 1, Invalid: 1}},
			{members.ImportOptions{Confirmed: true}, members.Imported{Known: 4, Left: 1, Suppressed: 1, Invalid: 1}},
		} {
			c.o.Newsletters, c.o.Origin = []string{"weekly"}, "import of p\xffeople.csv"
			got := h.importing(list, c.o)
			got.Problems = nil
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				h.Errorf("%+v: %+v, want %+v", c.o, got, c.want)
			}
			if now := h.people(); c.o.DryRun && now != before {
				h.Errorf("a dry run left %q", now)
			}
		}
		h.want("confirmed by the second", "new@example.org", "confirmed weekly")
		h.want("more", "less@example.org", "confirmed new-books weekly")
		if len(h.asked) != 0 {
			h.Errorf("an import mailed %d people", len(h.asked))
		}
	})
}

// Tags are followed in their normal form, and have commas between them.
func TestImportOfTags(t *testing.T) {
	h := lite(t)
	done := h.importing("email;tags;section\na@example.org;Deep  Sea, BOATS ,deep sea;fiction\nb@example.org; , ;\n"+
		"c@example.org;"+strings.Repeat("x", 201)+";\n", members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	if done.Added != 2 || done.Invalid != 1 || !strings.Contains(done.Problems[0].String(), `line 4: there is no tag "xxx`) {
		t.Errorf("%+v", done)
	}
	h.want("tags", "a@example.org", "confirmed weekly(fiction boats deep sea)")
	h.want("none", "b@example.org", "confirmed weekly")
}

// A dry run counts as the run does, though it comes in transactions that leave
// nothing behind.
func TestDryRunCountsAsTheRunDoes(t *testing.T) {
	for _, confirmed := range []bool{true, false} {
		h := lite(t)
		var list strings.Builder
		list.WriteString("email,author\n")
		for i := range 300 {
			fmt.Fprintf(&list, "p%d@example.org,%s\n", i%220, []string{"salma-oduya", "", "noor", "salma-oduya noor"}[i%4])
		}
		o := members.ImportOptions{Confirmed: confirmed, DryRun: true}
		var progress []int
		o.Progress = func(line int, _ members.Imported) error { progress = append(progress, line); return nil }
		dry := h.importing(list.String(), o)
		if h.people() != "" || fmt.Sprint(progress) != "[201 301]" {
			t.Errorf("%q, %v", h.people(), progress)
		}
		o.DryRun = false
		if run := h.importing(list.String(), o); fmt.Sprint(run) != fmt.Sprint(dry) || run.Added != 220 {
			t.Errorf("the run: %+v\ndry: %+v", run, dry)
		}
	}
}

// Whom a list tells us something of who gets nothing new by it is counted, be they known
// or gone: the list changes something of them.
func TestImportOfNamesAlone(t *testing.T) {
	each(t, func(h *house) {
		for _, email := range []string{"a@example.org", "left@example.org", "b@example.org", "named@example.org"} {
			h.add(email, request(email, "weekly", "new-books"), true, false, members.Added)
		}
		h.leave("left@example.org", "weekly")
		h.write(func(tx *store.Tx) error {
			p, err := tx.SubscriberByEmail(ctx, "named@example.org")
			if err != nil {
				return err
			}
			return tx.DescribeSubscriber(ctx, magazine.Subscriber{ID: p.ID, Name: "Noor", Timezone: "Africa/Cairo", Language: "ar"}, true)
		})
		var list strings.Builder
		list.WriteString("email,name,timezone,language\na@example.org,Amina,,\nleft@example.org,,Africa/Nairobi,\nb@example.org,,,\nnamed@example.org,Other,Africa/Nairobi,fr\n")
		for n := range 300 { // so that the last line is of another batch
			fmt.Fprintf(&list, "p%d@,,,\n", n)
		}
		list.WriteString("a@example.org,Amina,,\n")
		o := members.ImportOptions{Confirmed: true, DryRun: true, Newsletters: []string{"weekly"}}
		dry := h.importing(list.String(), o)
		if dry.Told != 2 || dry.Known != 4 || dry.Left != 1 || dry.Extended != 0 || dry.Added != 0 || dry.Changes() != 2 {
			h.Errorf("%+v", dry)
		}
		o.DryRun = false
		if run := h.importing(list.String(), o); fmt.Sprint(run) != fmt.Sprint(dry) {
			h.Errorf("the run: %+v\ndry: %+v", run, dry)
		}
		if again := h.importing(list.String(), o); again.Told != 0 || again.Changes() != 0 {
			h.Errorf("once more: %+v", again)
		}
	})
}

// What an earlier batch did of an address is done over once in a batch, not before each
// of its lines: they would be counted against what another line has changed meanwhile,
// and cost as much as all of the list.
func TestDryRunOfAnAddressThatComesOften(t *testing.T) {
	filler := func(list *strings.Builder, from, to int) {
		for n := from; n < to; n++ {
			fmt.Fprintf(list, "p%d@example.org,\n", n)
		}
	}
	h := lite(t)
	var list strings.Builder
	list.WriteString("email,tier\na@example.org,member\n")
	filler(&list, 0, 199)
	list.WriteString("a@example.org,free\na@example.org,free\n")
	o := members.ImportOptions{Confirmed: true, DryRun: true}
	dry := h.importing(list.String(), o)
	o.DryRun = false
	if run := h.importing(list.String(), o); fmt.Sprint(run) != fmt.Sprint(dry) || run.Demoted != 1 || run.Known != 1 {
		t.Errorf("the run: %+v\ndry: %+v", run, dry)
	}

	h = lite(t)
	list.Reset()
	list.WriteString("email,tier\n")
	for batch := range 4 {
		for n := range 30 {
			fmt.Fprintf(&list, "A@example.org,%s\n", []string{"member", "free"}[n%2])
		}
		filler(&list, 170*batch, 170*(batch+1))
	}
	o.DryRun = true
	dry, admits, err := h.Admits(ctx, strings.NewReader(list.String()), o)
	if err != nil || admits > 800+30+60+90 {
		t.Errorf("of 800 lines, somebody was admitted %d times, %v", admits, err)
	}
	if dry.Invalid != 20 || dry.Problems[0].String() != "line 612: this address has 100 lines before; put what they say into one" {
		t.Errorf("%+v", dry)
	}
	// The run counts the same, also where it was cut short.
	o.DryRun = false
	var cut members.Imported
	o.Progress = func(line int, so members.Imported) error {
		if cut = so; line > 200 {
			o.Line = line
			return errors.New("cut")
		}
		return nil
	}
	if _, err := h.Import(ctx, strings.NewReader(list.String()), o); err == nil {
		t.Fatal("it was not cut")
	}
	o.Had, o.Progress = cut, nil
	if run := h.importing(list.String(), o); fmt.Sprint(run) != fmt.Sprint(dry) {
		t.Errorf("the run: %+v\ndry: %+v", run, dry)
	}
}

func TestImportOfTenThousand(t *testing.T) {
	h := lite(t)
	people := 10_000
	if raceDetector { // it makes SQLite ten times slower
		people = 1_000
	}
	var list strings.Builder
	list.WriteString("email;name\r\n")
	for i := range people {
		fmt.Fprintf(&list, "p%d@example.org;Person %d\r\n", i, i)
	}
	done := h.importing(list.String(), members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	if n, err := h.store.CountReaders(ctx, store.Audience{Newsletter: "weekly"}); done.Added != people || n != people || err != nil {
		t.Errorf("%+v, %d, %v", done, n, err)
	}
}

// An import that is cut short keeps whole batches, and can be run again.
func TestImportCutShort(t *testing.T) {
	h := lite(t)
	var list strings.Builder
	list.WriteString("email\n")
	for i := range 450 {
		fmt.Fprintf(&list, "p%d@example.org\n", i)
	}
	in := io.MultiReader(strings.NewReader(list.String()), iotest.ErrReader(errors.New("cut")))
	done, err := h.Import(ctx, in, members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	n, _ := h.store.CountReaders(ctx, store.Audience{Newsletter: "weekly"})
	if err == nil || done.Added != 400 || n != 400 {
		t.Errorf("%+v, %d, %v", done, n, err)
	}
	if again := h.importing(list.String(), members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}}); again.Known != 400 || again.Added != 50 {
		t.Errorf("%+v", again)
	}
}

func FuzzImport(f *testing.F) {
	h := lite(f)
	for _, list := range []string{
		"email,name\na@example.org,Amina\n", "\ufeffname;email\r\n\"A;\"\"b\"\"\";a@example.org\r\n", "email\tsection\na@example.org\tfiction nowhere\n",
		"email,name\n\"a@example.org,\"x\n\"\n\"\n", "email\r\r\ra@b.example\r", "email,name\n\xff\xfe,\x00\n", utf16le("email\na@example.org"), "email,timezone\na@example.org,\"Africa/\nNairobi\"\n", "\"email\n",
		"email,locale\na@example.org,pt_BR\nb@example.org,\xff\nc@example.org,ar-u-nu-latn-x-y\n",
		"email,tags,frequency,tier\na@example.org,\"Boats, ,;deep sea\",daily,member\nb@example.org,\xff,,Gold\n",
	} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		h.TB = t
		done, err := h.Import(ctx, strings.NewReader(list), members.ImportOptions{Confirmed: true, DryRun: true})
		if err != nil && magazine.CodeOf(err) != magazine.Invalid {
			t.Fatalf("%v", err)
		}
		lines := strings.Count(list, "\n") + strings.Count(list, "\r") + 1
		if n := done.Added + done.Known + done.Extended + done.Left + done.Suppressed + done.Invalid; n > lines {
			t.Errorf("%d people on %d lines", n, lines)
		}
		if len(done.Problems) != min(done.Invalid, 100) || done.Left+done.Suppressed > 0 {
			t.Errorf("%+v", done)
		}
		if h.people() != "" {
			t.Error("a dry run changed something")
		}
	})
}
