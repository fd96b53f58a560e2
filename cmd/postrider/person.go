package main

import (
	"os"
	"os/user"
)

// person is who runs the command, as it is kept with what they decide: the name
// of the machine's user, of sudo's where it is used.
func person() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "somebody"
}
