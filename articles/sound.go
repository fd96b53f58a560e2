package articles

import (
	"fmt"
	"runtime/debug"

	"postrider/magazine"
)

// sound takes a step with one file. A panic in it, be it of ours or of a
// library, becomes a problem of that file: it must not stop the others, and not
// the daemon, which would meet it again at each start.
func (p *pass) sound(file string, step func()) (failed *magazine.Problem) {
	defer func() {
		if cause := recover(); cause != nil {
			p.log.Error("a file makes the program fail and is left out", "source", p.name, "file", file, "panic", cause, "stack", string(debug.Stack()))
			failed = &magazine.Problem{Text: fmt.Sprintf("the program fails at this file: %v", cause), Mend: "report it together with the file; until it is mended, write the file in another way"}
		}
	}()
	step()
	return nil
}
