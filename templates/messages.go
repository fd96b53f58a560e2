package templates

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

const (
	messageFolder = "messages"
	messageExt    = ".yaml"
	fallback      = "en" // the language that has every message
)

// Messages are our own words in pages and mails, in each language that there is
// a file for: messages/LANGUAGE.yaml, the publication's over the built-in one,
// one message over the other. What a file lacks comes from that of the language
// without its last part (ar for ar-MA), and at last in English. Nil are the
// built-in ones.
type Messages struct {
	words map[string]*Words // by language tag in its canonical form
	own   string            // a hash of the publication's files
}

// builtInMessages are those without a publication's.
var builtInMessages = sync.OnceValues(func() (*Messages, error) {
	m, _, err := (*Files)(nil).readMessages()
	return m, err
})

// Messages reads the message files, once: a change counts after a restart.
// Mistakes: all that is wrong with the publication's own.
func (f *Files) Messages() (*Messages, error) {
	if f == nil || f.own == nil {
		return builtInMessages()
	}
	f.once.Do(func() { f.messages, f.lacking, f.wrong = f.readMessages() })
	return f.messages, f.wrong
}

// Languages are the tags of the languages that have a file, sorted.
func (m *Messages) Languages() []string { return slices.Sorted(maps.Keys(m.all())) }

// Own stands for what the publication has of its own; empty: nothing.
func (m *Messages) Own() string {
	if m == nil {
		return ""
	}
	return m.own
}

// Speaks tells that there are messages in a language (BCP 47), be it without its
// region.
func (m *Messages) Speaks(tag string) bool { return m.find(tag) != nil }

// In is the words of the first of the languages (BCP 47) that there are messages
// in, else the English ones.
func (m *Messages) In(tags ...string) *Words {
	for _, tag := range tags {
		if w := m.find(tag); w != nil {
			return w
		}
	}
	return m.all()[fallback]
}

// Other is the tag of the words of a language (BCP 47), where they are others than
// those of the language ours; else empty.
func (m *Messages) Other(tag, ours string) string {
	if tag == "" || tag == ours {
		return ""
	}
	if asked, err := language.Parse(tag); err != nil {
		return ""
	} else if have, err := language.Parse(ours); err == nil && sameBase(asked, have) {
		return ""
	}
	if w := m.find(tag); w != nil {
		return w.Language
	}
	return ""
}

func sameBase(a, b language.Tag) bool {
	one, _ := a.Base()
	other, _ := b.Base()
	return one == other
}

// Between is what stands before name i of n, counted from 0, in a byline of a
// language. One that we don't speak has commas alone.
func (m *Messages) Between(tag string, i, n int) string {
	if w := m.find(tag); w != nil {
		return w.Between(i, n, "and")
	}
	if parsed, err := language.Parse(tag); err == nil && i > 0 && direction(parsed) == "rtl" {
		return "، "
	}
	return [2]string{"", ", "}[min(i, 1)]
}

func (m *Messages) all() map[string]*Words {
	if m == nil {
		m, _ = builtInMessages() // a test reads them
	}
	return m.words
}

func (m *Messages) find(tag string) *Words {
	words := m.all()
	if w := words[tag]; w != nil {
		return w
	}
	asked, err := language.Parse(tag)
	if err != nil {
		return nil
	}
	for _, name := range lineage(asked) {
		if w := words[name]; w != nil {
			return w.as(asked)
		}
	}
	return nil
}

// lineage is a language's tag and then those without its last parts: ar-MA, ar.
func lineage(tag language.Tag) (names []string) {
	name, _, _ := strings.Cut(tag.String(), "-u-") // what follows says how, not which
	for name != "" && name != "und" {
		names = append(names, name)
		name = name[:max(0, strings.LastIndexByte(name, '-'))]
	}
	return names
}

// builtInMessageFiles are the messages in each built-in file, by language.
var builtInMessageFiles = sync.OnceValues(func() (map[string]map[string]*message, error) {
	all := map[string]map[string]*message{}
	names, err := fs.Glob(builtIn, messageFolder+"/*"+messageExt)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := builtIn.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if all[languageOfFile(name)], err = parseMessages(name, text); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// readMessages reads every file and lays them over one another. What is lacking
// does no harm: Warnings.
func (f *Files) readMessages() (m *Messages, lacking Mistakes, err error) {
	builtin, err := builtInMessageFiles()
	if err != nil {
		return nil, nil, err
	}
	own := map[string]map[string]*message{}
	var wrong []error
	sum := sha256.New()
	for _, name := range f.ownMessageFiles() {
		given, text, err := f.readOwnMessages(name, builtin[fallback])
		fmt.Fprintf(sum, "%q %q", name, text)
		wrong = append(wrong, err)
		own[languageOfFile(name)] = given
	}
	if err := Join(wrong...); err != nil {
		return nil, nil, err
	}
	m = &Messages{words: map[string]*Words{}}
	if len(own) > 0 {
		m.own = hex.EncodeToString(sum.Sum(nil))
	}
	rules := i18n.NewBundle(language.English)
	for _, name := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(builtin)), slices.Collect(maps.Keys(own)))))) {
		over := map[string]*message{}
		line := append(lineage(language.MustParse(name)), fallback)
		for _, one := range slices.Backward(line) {
			maps.Copy(over, builtin[one])
			maps.Copy(over, own[one])
		}
		if m.words[name], err = newWords(rules, name, over); err != nil {
			wrong = append(wrong, &Mistake{File: f.title(fileOfLanguage(name)), Text: err.Error(), Mend: "name the file after a language that CLDR has plural rules for"})
			continue
		}
		if own[name] != nil {
			lacking = append(lacking, f.lacks(m.words[name], own[name], builtin)...)
		}
	}
	if err := Join(wrong...); err != nil {
		return nil, nil, err
	}
	return m, lacking, nil
}

func languageOfFile(name string) string { return strings.TrimSuffix(path.Base(name), messageExt) }
func fileOfLanguage(tag string) string  { return path.Join(messageFolder, tag+messageExt) }

// ownMessageFiles are the names of the publication's.
func (f *Files) ownMessageFiles() (names []string) {
	if f == nil || f.own == nil {
		return nil
	}
	entries, _ := fs.ReadDir(f.own, messageFolder) // no folder: no messages; what cannot be read is told by Strays
	for _, entry := range entries {
		if name := entry.Name(); path.Ext(name) == messageExt && !strings.HasPrefix(name, ".") {
			names = append(names, path.Join(messageFolder, name))
		}
	}
	return names
}

// readOwnMessages reads a file of the publication's and finds what cannot be used in it.
func (f *Files) readOwnMessages(name string, english map[string]*message) (given map[string]*message, text []byte, err error) {
	tag := languageOfFile(name)
	if parsed, err := language.Parse(tag); err != nil || parsed.String() != tag {
		m := &Mistake{File: f.title(name), Text: fmt.Sprintf("%q is no language tag", tag), Mend: "name the file after a language of BCP 47, such as sw" + messageExt + " or pt-BR" + messageExt}
		if err == nil {
			m.Text, m.Mend = fmt.Sprintf("the language %s is written %s", tag, parsed), fmt.Sprintf("rename the file to %s%s", parsed, messageExt)
		}
		return nil, nil, m
	}
	if text, err = f.readOwn(name); err != nil {
		return nil, nil, err
	}
	given, err = parseMessages(f.title(name), text)
	wrong := []error{err}
	for id, own := range given {
		if known := english[id]; known != nil {
			wrong = append(wrong, own.fits(id, known))
		}
	}
	return given, text, Join(wrong...)
}

// lacks tells what a file of the publication's has that nothing uses, and what it
// has not: the words of a language that we do not have, and plural forms.
func (f *Files) lacks(w *Words, own map[string]*message, builtin map[string]map[string]*message) (all Mistakes) {
	file := f.title(fileOfLanguage(w.Language))
	used := f.ownTexts()
	for id, m := range own {
		if builtin[fallback][id] == nil && !strings.Contains(used, `"`+id+`"`) {
			all = append(all, &Mistake{File: file, Line: m.line, Text: fmt.Sprintf("nothing uses the message %q", id), Mend: nearMessage(id, builtin[fallback]), Warning: true})
		}
		if missing := w.missingForms(m); len(missing) > 0 {
			all = append(all, &Mistake{File: file, Line: m.line, Text: fmt.Sprintf("the message %q lacks forms: %s", id, strings.Join(missing, ", ")), Mend: "write them below it; until then the form other stands for them", Warning: true})
		}
	}
	var missing []string
	for id := range builtin[fallback] {
		if w.messages[id] == builtin[fallback][id] && w.Language != fallback {
			missing = append(missing, id)
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		few := strings.Join(missing[:min(5, len(missing))], ", ")
		all = append(all, &Mistake{File: file, Text: fmt.Sprintf("%d messages are lacking and come in English: %s", len(missing), few), Mend: "copy them from the built-in " + fileOfLanguage(fallback) + " and translate them", Warning: true})
		if len(missing) > 5 {
			all[len(all)-1].Text += ", …"
		}
	}
	slices.SortFunc(all, func(a, b *Mistake) int { return cmp.Or(a.Line-b.Line, strings.Compare(a.Text, b.Text)) })
	return all
}

// ownTexts are all templates of the publication, one after the other.
func (f *Files) ownTexts() string {
	var all strings.Builder
	_, names := builtInNames()
	for _, name := range names {
		if text, err := f.readOwn(name); err == nil {
			all.Write(text)
		}
	}
	return all.String()
}

// nearMessage tells which messages there are beside one that is not.
func nearMessage(id string, known map[string]*message) string {
	part, _, _ := strings.Cut(id, ".")
	var near []string
	for one := range known {
		if strings.HasPrefix(one, part+".") {
			near = append(near, one)
		}
	}
	slices.Sort(near)
	if len(near) == 0 {
		return "the messages that there are stand in the built-in " + fileOfLanguage(fallback)
	}
	if len(near) > 12 {
		near = append(near[:12], "…")
	}
	return "those of " + part + " are " + strings.Join(near, ", ")
}
