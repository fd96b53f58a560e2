package digests

import (
	"strconv"

	"postrider/magazine"
)

// voice is a mail's own words, and the language that they are in: that of what
// they stand with, where we speak it.
type voice struct {
	phrases
	Language, Direction string
}

// phrases are the words of one language.
type phrases struct {
	Note    string // over the editor's note
	Read    string // the lead
	By      string // before the authors, in plain text
	Members string // an article is for them
	More    string // over the articles that are in no section
	Also    string // over those that are only named

	Contents   string // over an issue's articles that are in no section
	Correction string // the mail corrects another

	Because, As                  string // one gets this: the newsletter and the address follow
	Unsubscribe, Choose, Browser string
	Privacy, Terms               string
	Comma, and                   string             // join to a list, with the spaces that they need
	more                         func(n int) string // so many articles more
}

var phrasebook = map[string]phrases{
	"en": {
		Note: "From the editor", Read: "Read this article", By: "by ", Members: "For members", More: "More", Also: "Also new", Contents: "In this issue", Correction: "Correction",
		Because: "You get this because you subscribed to", As: "as",
		Unsubscribe: "Unsubscribe", Choose: "Choose what you get", Browser: "Read in the browser", Privacy: "Privacy", Terms: "Terms",
		more: func(n int) string { return strconv.Itoa(n) + " more" }, Comma: ", ", and: "and ",
	},
	"ar": {
		Note: "من المحرّر", Read: "اقرأ المقال", By: "بقلم ", Members: "للأعضاء", More: "المزيد", Also: "جديد أيضًا", Contents: "في هذا العدد", Correction: "تصحيح",
		Because: "تصلك هذه الرسالة لأنك اشتركت في", As: "بالعنوان",
		Unsubscribe: "إلغاء الاشتراك", Choose: "اختر ما يصلك", Browser: "القراءة في المتصفح", Privacy: "الخصوصية", Terms: "الشروط",
		more: arabicMore, Comma: "، ", and: "و",
	},
}

// arabicMore counts articles as Arabic does: one, two, 3 to 10, 11 to 99, and so
// on in each hundred (CLDR's plural rules for ar).
func arabicMore(n int) string {
	count := magazine.Figures("ar", strconv.Itoa(n))
	switch {
	case n == 1:
		return "مقال آخر"
	case n == 2:
		return "مقالان آخران"
	case n%100 >= 3 && n%100 <= 10:
		return count + " مقالات أخرى"
	case n%100 >= 11:
		return count + " مقالًا آخر"
	}
	return count + " مقال آخر"
}

// voiceOf speaks a language; where we don't speak it, the other, and where not
// that, English.
func voiceOf(language, otherwise string) voice {
	for _, one := range []string{language, otherwise} {
		if p, ok := phrasebook[magazine.BaseLanguage(one)]; ok {
			return voice{p, one, magazine.Direction(one)}
		}
	}
	return voice{phrasebook["en"], "en", "ltr"}
}

// Minutes is 4 min read.
func (v voice) Minutes(n int) string { return magazine.MinutesIn(v.Language, n) }
