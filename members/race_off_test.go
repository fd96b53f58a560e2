//go:build !race

package members_test

const raceDetector = false
