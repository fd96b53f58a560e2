package digests

// ComposeArgs is the job of fixing an edition's content and making its messages.
type ComposeArgs struct {
	Edition string `json:"edition"`
}

// Kind names the job in the database.
func (ComposeArgs) Kind() string { return "compose_edition" }

// NoticeArgs is the job of mailing people of the publication about an edition: its
// draft to an editor.
type NoticeArgs struct {
	ID      string `json:"id"` // of the message
	Edition string `json:"edition"`
	About   string `json:"about"` // NoticeDraft
	To      string `json:"to"`    // address
}

// NoticeDraft is what a notice is about.
const NoticeDraft = "draft"

// Kind names the job in the database.
func (NoticeArgs) Kind() string { return "edition_notice" }
