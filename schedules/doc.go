// Package schedules reckons when newsletters go out: recurrences in wall-clock
// time, their occurrences, and what to do about those that were missed.
//
// github.com/robfig/cron/v3 parses the expressions; when they fire is decided
// here, by one sentence: a slot comes due at the first instant at which the
// clocks of the zone show its time or a later one. From this follows
//
//   - a time that the clocks skip comes due when they have jumped over it;
//   - a time that they show twice comes due the first time only;
//   - slots that come due at one instant are one occurrence, under the latest
//     of them; the others are merged into it;
//   - a gap over midnight moves the instant to the next date, not the slot.
//
// A date that the zone leaves out altogether (Samoa had no 30 December 2011) has
// no slots. As a later slot never comes due before an earlier one, instants
// strictly increase from occurrence to occurrence.
//
// An occurrence is known for ever by its newsletter, its schedule's name and the
// slot's date and time as the schedule says them, not as they turned out.
package schedules
