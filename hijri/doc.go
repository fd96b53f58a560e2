// Package hijri is the Hijri calendar of a publication: it reads dates as pages
// print them, prints them in the article's language, and converts between
// Gregorian dates and the civil (tabular) and Umm al-Qura calendars.
//
// The day that a page prints is often not the day that a calendar computes: a
// month begins with the sighting of the moon. A printed date therefore always
// wins, and DaysApart only says how far it is from the computed one. Where a
// publication knows that a month of its calendar began on another day than the
// computed one, a Correction moves that day, and with it the dates that are
// computed: a Reckoning is a calendar with its corrections.
//
// The conversions are github.com/hablullah/go-hijri, behind checks of what goes
// in: it takes dates to UTC first, and for Hijri dates that do not exist it
// answers with others or panics. Compared with ICU day by day, the civil
// calendar agrees from 1950 to 2050 and Umm al-Qura from 2000 to 2028; in the
// years around those the two have different tables of Umm al-Qura.
package hijri
