package members

// ConfirmationArgs is the job of mailing the confirmation of a sign-up.
type ConfirmationArgs struct {
	SignUp string `json:"sign_up"`
}

// Kind names the job in the database.
func (ConfirmationArgs) Kind() string { return "mail_confirmation" }

// SignInArgs is the job of mailing the link and the code of a sign-in.
type SignInArgs struct {
	SignIn string `json:"sign_in"`
}

// Kind names the job in the database.
func (SignInArgs) Kind() string { return "mail_sign_in" }

// TroubleArgs is the job of telling one who runs the publication what has gone wrong
// and what is over: all of it in one mail.
type TroubleArgs struct {
	Whom string `json:"whom"` // id of a user of the desk, or an address
}

// Kind names the job in the database.
func (TroubleArgs) Kind() string { return "mail_trouble" }

// ForgetArgs is the job of sweeping up after one who was erased, and of forgetting
// again one who has not confirmed since.
type ForgetArgs struct {
	Subscriber string `json:"subscriber"`
}

// Kind names the job in the database.
func (ForgetArgs) Kind() string { return "forget_subscriber" }
