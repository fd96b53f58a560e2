// Package house has no code, only tests of the project as a whole: which
// package may import which, what packages are called, and that no file names
// a folder of one machine.
package house
