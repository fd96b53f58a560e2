// Package hijri is the Hijri calendar of a publication: it reads dates as pages
// print them, prints them in the article's language, and converts between
// Gregorian dates and the civil (tabular) and Umm al-Qura calendars.
//
// The day that a page prints is often not the day that a calendar computes: a
// month begins with the sighting of the moon. A printed date therefore always
// wins, and DaysApart only says how far it is from the computed one.
//
// The conversions are github.com/hablullah/go-hijri, behind checks of what goes
// in: it takes dates to UTC first, and for Hijri dates that do not exist it
// answers with others or panics.
package hijri
