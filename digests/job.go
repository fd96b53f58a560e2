package digests

// ComposeArgs is the job of fixing an edition's content and making its messages.
type ComposeArgs struct {
	Edition string `json:"edition"`
}

// Kind names the job in the database.
func (ComposeArgs) Kind() string { return "compose_edition" }
