package mailer

// RangeArgs is the job of sending an edition to a range of subscribers, named
// by its last one.
type RangeArgs struct {
	Edition string `json:"edition"`
	Last    string `json:"last"`
}

// Kind names the job in the database.
func (RangeArgs) Kind() string { return "send_range" }

// RetryArgs is the job of trying again the deliveries that are due.
type RetryArgs struct{}

// Kind names the job in the database.
func (RetryArgs) Kind() string { return "retry_deliveries" }
