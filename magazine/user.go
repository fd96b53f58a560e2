package magazine

import (
	"slices"
	"strings"
	"time"
)

// Role says what somebody may do at the admin's desk. Empty: nothing.
type Role string

// The roles, each of which may all that those before it may.
const (
	Viewer Role = "viewer" // sees everything
	Editor Role = "editor" // decides about editions, schedules and people
	Owner  Role = "owner"  // decides who may what
)

var roles = []Role{Viewer, Editor, Owner}

// May tells whether a role may what another may.
func (r Role) May(what Role) bool { return slices.Index(roles, r) >= max(0, slices.Index(roles, what)) }

// ParseRole reads the name of a role. Invalid: there is none of that name.
func ParseRole(name string) (Role, error) {
	r := Role(strings.ToLower(strings.TrimSpace(name)))
	if !slices.Contains(roles, r) {
		return "", Errorf(Invalid, "there is no role %q; write owner, editor or viewer", CleanText(name)).Said("desk.role.none")
	}
	return r, nil
}

// User is somebody who works at the desk. They may be a subscriber besides.
type User struct {
	Subscriber Subscriber // with whose address they sign in
	Role       Role
	Added      time.Time
	AddedBy    string // a user's address, or who ran the command
}
