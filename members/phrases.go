package members

import "postrider/magazine"

// voice is the words of the mail that asks for a confirmation, and the language
// that they are in.
type voice struct {
	phrases
	Language, Direction string
}

// phrases are the words of one language.
type phrases struct {
	Subject   string // before the publication's title
	Preheader string
	Hello     string
	Asked, At string // one asked for mail: the publication's title stands between, the address after
	OnlyAbout string // before what is followed
	Yes       string // on the button
	Open      string // before the address, in plain text
	Leads     string // where the button leads, and for how long it works
	Works     string // for how long the address works, in plain text
	NotYou    string // what to do if it was not you

	kinds map[magazine.FollowKind]string
	comma string
}

var phrasebook = map[string]phrases{
	"en": {
		Subject: "Confirm your subscription to", Preheader: "Say yes, and what is new comes to your mailbox.", Hello: "Hello,",
		Asked: "somebody, we hope you, asked for mail from", At: "at", OnlyAbout: "Only about", Yes: "Yes, subscribe me", Open: "To say yes, open this page and press the button:",
		Leads: "The button leads to a page that asks once more. It works for 7 days.", Works: "The link works for 7 days.",
		NotYou: "If it was not you, do nothing: without your yes we send nothing more.",
		kinds:  map[magazine.FollowKind]string{magazine.FollowAuthor: "author", magazine.FollowSection: "section", magazine.FollowTag: "tag"}, comma: ", ",
	},
	"ar": {
		Subject: "أكّد اشتراكك في", Preheader: "وافق ليصل الجديد إلى بريدك.", Hello: "مرحبًا،",
		Asked: "طلب أحدهم، ونرجو أن تكون أنت، أن تصله رسائل", At: "على العنوان", OnlyAbout: "فقط عن", Yes: "نعم، أريد الاشتراك", Open: "للموافقة افتح هذه الصفحة واضغط الزر:",
		Leads: "يقود الزر إلى صفحة تسأل مرة أخرى، ويعمل سبعة أيام.", Works: "يعمل الرابط سبعة أيام.",
		NotYou: "إن لم تكن أنت فلا تفعل شيئًا: لن نرسل شيئًا آخر دون موافقتك.",
		kinds:  map[magazine.FollowKind]string{magazine.FollowAuthor: "الكاتب", magazine.FollowSection: "القسم", magazine.FollowTag: "الوسم"}, comma: "، ",
	},
}

// voiceOf speaks a language, or English.
func voiceOf(language string) voice {
	if p, ok := phrasebook[magazine.BaseLanguage(language)]; ok {
		return voice{p, language, magazine.Direction(language)}
	}
	return voice{phrasebook["en"], "en", "ltr"}
}

// Kind names what is followed.
func (v voice) Kind(k magazine.FollowKind) string { return v.kinds[k] }

// Comma stands between things of a list.
func (v voice) Comma() string { return v.comma }
