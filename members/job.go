package members

// ConfirmationArgs is the job of mailing the confirmation of a sign-up.
type ConfirmationArgs struct {
	SignUp string `json:"sign_up"`
}

// Kind names the job in the database.
func (ConfirmationArgs) Kind() string { return "mail_confirmation" }
