package articles

import (
	"os"

	"postrider/magazine"
)

// Check reads every file of a folder and reports what is wrong with it, in the
// order of names. It knows nothing of the store: that a slug is taken or a
// linked file is missing is found when the folder is read.
func (r *Reader) Check(folder string, report func(name string, p magazine.Problem)) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return magazine.Errorf(magazine.NotFound, "the source cannot be read: %w", err)
	}
	defer root.Close()
	for f, err := range Walk(root) {
		if err != nil {
			report(f.Name, magazine.Problem{Text: err.Error()})
			continue
		}
		for _, p := range r.checkFile(root, f) {
			report(f.Name, p)
		}
	}
	return nil
}

func (r *Reader) checkFile(root *os.Root, f File) (problems []magazine.Problem) {
	data, err := ReadFile(root, f.Name)
	if err != nil {
		return []magazine.Problem{{Text: err.Error()}}
	}
	switch f.Kind {
	case AuthorFile:
		_, problems = r.ParseAuthor(f.Name, data)
	case IssueFile:
		_, problems = r.ParseIssue(f.Name, data)
	case SectionFile:
		_, problems = r.ParseSection(f.Name, data)
	default:
		_, problems = r.Parse(f.Name, data)
	}
	return problems
}

// Page renders a Markdown text that is no article, such as the privacy page.
// Links to files of the source do not work in it.
func (r *Reader) Page(markdown string) string {
	b := r.markdown.body(markdown, ".", &report{})
	w := rewriter{resolve: nowhere, rep: &report{}}
	w.body(b)
	return b.print()
}
