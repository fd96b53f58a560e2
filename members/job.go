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

// ForgetArgs is the job of sweeping up after one who was erased, and of forgetting
// again one who has not confirmed since.
type ForgetArgs struct {
	Subscriber string `json:"subscriber"`
}

// Kind names the job in the database.
func (ForgetArgs) Kind() string { return "forget_subscriber" }
