//go:build !race

package daemon_test

const seasonDays = 150
