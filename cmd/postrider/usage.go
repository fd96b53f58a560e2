package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// usageError is a command line that cannot be understood.
type usageError struct{ text string }

func (u usageError) Error() string { return u.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// strict makes every command below root refuse what it doesn't know, and gives
// all of them one form of help.
func strict(root *cobra.Command) {
	root.SetUsageTemplate(usage)
	root.SetHelpTemplate("{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}\n\n{{end}}{{.UsageString}}")
	root.SetHelpCommand(help())
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%v; see: %s --help", err, c.CommandPath())
	})
	for _, c := range append(root.Commands(), root) {
		strictGroup(c)
	}
}

// strictGroup makes a group of commands need one of them.
func strictGroup(c *cobra.Command) {
	if c.Args == nil {
		c.Args = takes()
	}
	c.Long = fold(c.Long)
	c.DisableFlagsInUseLine = !c.HasLocalFlags() || c.HasSubCommands()
	for _, sub := range c.Commands() {
		strictGroup(sub)
	}
	if !c.HasSubCommands() || c.RunE != nil {
		return
	}
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 && !c.HasParent() {
			return c.Help()
		}
		if len(args) == 0 {
			return usagef("%s needs a command: %s; see: %s --help", title(c), strings.Join(names(c), ", "), c.CommandPath())
		}
		return unknown(c, args[0])
	}
}

// unknown says that there is no such command, and which may be meant.
func unknown(c *cobra.Command, name string) error {
	meant := ""
	if near := c.SuggestionsFor(name); len(near) > 0 {
		meant = "did you mean " + strings.Join(near, " or ") + "? "
	}
	if !c.HasParent() {
		return usagef("there is no command %q; %ssee: %s help", name, meant, c.CommandPath())
	}
	return usagef("%s has no command %q; %ssee: %s --help", title(c), name, meant, c.CommandPath())
}

// title is a command's name below postrider: "subscribers add".
func title(c *cobra.Command) string { return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ") }

func names(c *cobra.Command) (all []string) {
	for _, sub := range c.Commands() {
		all = append(all, sub.Name())
	}
	return all
}

// takes makes a command need as many arguments as it has names for.
func takes(arguments ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == len(arguments):
			return nil
		case len(args) < len(arguments):
			return usagef("%s needs %s; see: %s --help", title(c), strings.Join(arguments, " and "), c.CommandPath())
		case len(arguments) == 0:
			return usagef("%s takes no arguments, and there is %q; see: %s --help", title(c), args[0], c.CommandPath())
		}
		return usagef("%s takes only %s, and there is also %q; see: %s --help", title(c), strings.Join(arguments, " and "), args[len(arguments)], c.CommandPath())
	}
}

// help is the command that explains the others.
func help() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Explain a command", Args: cobra.ArbitraryArgs, DisableFlagsInUseLine: true,
		Example: examples("postrider help send", "postrider help subscribers add"),
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				name := args[0]
				if len(rest) > 0 {
					name = rest[0]
				}
				if found == nil {
					found = c.Root()
				}
				return unknown(found, name)
			}
			return found.Help()
		},
	}
}

// fold breaks a text into lines that fit a terminal.
func fold(text string) string {
	var b strings.Builder
	width := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case width == 0:
		case width+1+n > 78:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += n
	}
	return b.String()
}

// examples are command lines for a command's help.
func examples(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }

const usage = `Usage:
  {{.UseLine}}
{{- if .HasAvailableSubCommands}}

Commands:
{{- range .Commands}}{{if or .IsAvailableCommand (eq .Name "help")}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
