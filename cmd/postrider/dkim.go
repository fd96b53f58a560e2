package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"postrider/config"
	"postrider/magazine"
	"postrider/mailer"
)

func (a *app) dkim() *cobra.Command {
	c := &cobra.Command{
		Use: "dkim COMMAND", Short: "Make the keys that sign mail",
		Example: examples("postrider dkim new 2026a"),
	}
	c.AddCommand(a.dkimNew())
	return c
}

func (a *app) dkimNew() *cobra.Command {
	c := &cobra.Command{
		Use: "new SELECTOR", Short: "Make a key that signs mail, and print its DNS record",
		Long: "Makes a key, writes it to a file that only this user can read, and prints the DNS record to publish, the lines for the configuration, and what to do in which order, " +
			"for the first key and for one that takes the place of another. SELECTOR names the record; a new key needs a new one, such as the year and a letter. " +
			"A file that is there is never overwritten. The running daemon and the configuration stay as they are.",
		Example: examples("postrider dkim new 2026a", "postrider dkim new 2026b --key-file /etc/postrider/dkim-2026b.pem",
			"postrider dkim new 2026a-ed --ed25519", "postrider dkim new 2026a --domain harbour.example"),
		Args: takes("SELECTOR"),
	}
	domain := c.Flags().String("domain", "", "the `DOMAIN` to sign for (default: that of mail.from in the configuration)")
	file := c.Flags().String("key-file", "", "the `FILE` to write (default: dkim-SELECTOR.pem beside the configuration)")
	modern := c.Flags().Bool("ed25519", false, "an Ed25519 key, to be used beside an RSA one, instead of RSA with 2048 bits")
	c.RunE = func(c *cobra.Command, args []string) error {
		entry, err := a.newEntry(*domain, args[0])
		if err != nil {
			return err
		}
		entry.KeyFile, err = filepath.Abs(cmp.Or(*file, filepath.Join(filepath.Dir(a.config), "dkim-"+entry.Selector+".pem")))
		if err != nil {
			return magazine.Errorf(magazine.Invalid, "the key's file cannot be named: %w; give its whole path with --key-file", err)
		}
		kind := mailer.KeyRSA
		if *modern {
			kind = mailer.KeyEd25519
		}
		key, text, err := mailer.NewKey(kind)
		if err != nil {
			return err
		}
		signer, err := mailer.NewSigner(entry.Domain, entry.Selector, key)
		if err != nil {
			return err
		}
		if err := writeKey(entry.KeyFile, text); err != nil {
			return err
		}
		_, err = fmt.Fprint(a.out, keyWords(entry, signer, *modern, *domain != ""))
		return err
	}
	return c
}

// newEntry is what the configuration is to say of a new key. The configuration is
// asked only where no domain is given; what it says of keys may be wrong: the
// files in it may still be to be made.
func (a *app) newEntry(domain, selector string) (config.DKIM, error) {
	var used []config.DKIM
	if domain == "" {
		c, err := config.Load(a.config, os.Environ())
		if err != nil {
			return config.DKIM{}, errors.Join(err, magazine.Errorf(magazine.Invalid, "the domain to sign for cannot be found in the configuration; give it with --domain DOMAIN"))
		}
		if domain = c.Mail.SenderDomain(); domain == "" {
			return config.DKIM{}, magazine.Errorf(magazine.Invalid, "%s has no mail.from whose domain the key would sign for; write it, or give the domain with --domain DOMAIN", a.config)
		}
		for _, k := range c.Mail.DKIM {
			k.Domain = c.Mail.SigningDomain(k)
			used = append(used, k)
		}
	}
	entry, err := config.NewDKIM(domain, selector)
	if err != nil {
		return entry, err
	}
	for _, k := range used {
		_, err := os.Stat(k.KeyFile)
		if k.Domain == entry.Domain && k.Selector == entry.Selector && !errors.Is(err, fs.ErrNotExist) {
			return entry, magazine.Errorf(magazine.Conflict, "the selector %s has a key already, %s, and mail on its way is verified with it; choose another selector for the new key", k.Selector, k.KeyFile)
		}
	}
	return entry, nil
}

// writeKey writes a new file, which only its owner can read. It is whole when
// this returns nil; else it is not there.
func writeKey(file string, text []byte) (err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return magazine.Errorf(magazine.Conflict, "%s is there already, and no key is ever overwritten; name another file with --key-file", file)
	}
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Sync(), f.Close())
		if err != nil {
			os.Remove(file)
		}
	}
	if err != nil {
		return magazine.Errorf(magazine.Unavailable, "the key cannot be written: %w; name a file that can be with --key-file", err)
	}
	return nil
}

// keyWords say what there is now and what to do next.
func keyWords(entry config.DKIM, s *mailer.Signer, modern, named bool) string {
	name, record := s.Record()
	line := "    - selector: " + strconv.Quote(entry.Selector) + "\n"
	if named {
		line = "    - domain: " + strconv.Quote(entry.Domain) + "\n      selector: " + strconv.Quote(entry.Selector) + "\n"
	}
	beside := "3. Add these lines to the configuration, in the place of those of an older key, and restart the daemon:"
	if modern {
		beside = "3. Add these lines to the configuration, beside those of an RSA key, since not everybody\n   verifies Ed25519, and in the place of those of an older Ed25519 key; restart the daemon:"
	}
	return fmt.Sprintf(`The key is in %s
Nobody else can read it: give it to the user that runs postrider, and keep it like a password.

1. Publish this TXT record.

Name:   %s
Value:  %s

The same for a zone file:

%s

2. Wait until it can be seen everywhere: an hour, or the TTL of the zone where that is longer.

  dig +short TXT %[2]s

%[5]s

mail:
  dkim:
%[6]s      key_file: %[7]s

4. Leave the record of the older key for a week: mail on its way is verified with it.
   Then delete its record and its file.
`, entry.KeyFile, name, record, zoneLine(name, record), beside, line, strconv.Quote(entry.KeyFile))
}

// zoneLine is a TXT record as in a zone file, in strings of at most 255 bytes
// (RFC 1035 3.3).
func zoneLine(name, text string) string {
	var b strings.Builder
	b.WriteString(name + ". IN TXT (")
	for rest := text; rest != ""; {
		n := min(len(rest), 255)
		b.WriteString("\n  \"" + rest[:n] + "\"")
		rest = rest[n:]
	}
	return b.String() + " )"
}
