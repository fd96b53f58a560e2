package config

import "fmt"

// returnsAgree checks that what comes back has a return path, and that each way
// back has what it needs.
func returnsAgree(c *Config) (found []Mistake) {
	r := &c.Mail.Returns
	add := func(path, text, mend string) {
		found = append(found, Mistake{Path: "mail.returns." + path, Text: text, Mend: mend})
	}
	if r.Address == "" && (r.Listen != "" || r.Mailbox.Address != "") {
		add("address", "is needed with listen or mailbox", "write the address that mail comes back to, such as bounces@harbour.example")
	}
	if r.Listen == "" && r.Protocol != ProtocolSMTP {
		add("listen", "is needed with protocol", "write an address such as 127.0.0.1:2525, or remove protocol")
	}
	m := &r.Mailbox
	switch {
	case m.Address == "" && (m.Username != "" || m.PasswordFile != ""):
		add("mailbox.address", "is needed with username or password_file", "write the host and port of the mailbox, such as imap.harbour.example:993")
	case m.Address != "" && m.Username == "":
		add("mailbox.username", "is needed with address", "write the user's name at the mailbox")
	case m.Address != "" && m.PasswordFile == "":
		add("mailbox.password_file", "is needed with address", "write the file that holds the password")
	}
	if m.Address != "" && m.TLS == TLSNone && !loopback(m.Address) {
		add("mailbox.tls", "none would send the password of "+quote(m.Username)+" in the open", "write implicit or starttls")
	}
	if m.Folder != "" && m.Folder == m.Processed {
		add("mailbox.processed", "is the folder that is read", "write another one, such as Processed")
	}
	first := map[string]int{}
	for i, w := range r.Webhooks {
		path := fmt.Sprintf("webhooks[%d]", i)
		if j, taken := first[w.Provider]; taken && w.Provider != "" {
			add(path+".provider", fmt.Sprintf("%s is the provider of webhooks[%d] too", w.Provider, j), "keep one of the two")
		} else {
			first[w.Provider] = i
		}
		found = append(found, w.agrees("mail.returns."+path)...)
	}
	return found
}

// agrees checks that a provider's messages can be told from others'.
func (w *Webhook) agrees(path string) (found []Mistake) {
	what := map[string]string{
		ProviderPostmark: "the secret at the end of the webhook's address",
		ProviderBrevo:    "the secret at the end of the webhook's address",
		ProviderMailgun:  "the HTTP webhook signing key",
		ProviderSendGrid: "the verification key of the signed event webhook",
	}[w.Provider]
	switch {
	case what != "" && w.SecretFile == "":
		found = append(found, Mistake{Path: path + ".secret_file", Text: "is needed for " + w.Provider, Mend: "write the file that holds " + what})
	case w.Provider == ProviderSES && w.SecretFile != "":
		found = append(found, Mistake{Path: path + ".secret_file", Text: "is of no use to ses, whose messages Amazon signs", Mend: "remove it"})
	}
	switch {
	case w.Provider == ProviderSES && w.Topic == "":
		found = append(found, Mistake{Path: path + ".topic", Text: "is needed for ses: Amazon signs messages of everybody's topics", Mend: "write the ARN of your topic, such as arn:aws:sns:eu-west-1:123456789012:returns"})
	case w.Provider != ProviderSES && w.Provider != "" && w.Topic != "":
		found = append(found, Mistake{Path: path + ".topic", Text: "belongs to ses alone", Mend: "remove it"})
	}
	return found
}
