//go:build race

package daemon_test

// seasonDays is shorter here: under the race detector SQLite is ten times slower.
const seasonDays = 30
