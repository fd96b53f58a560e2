// Writes printed-dates.txt: node printed-dates.js > printed-dates.txt
// Each line: the 4th day of a Hijri month in figures, a language, and the date
// as that language prints it after CLDR.
const languages = ["en", "ar", "ar-EG", "fr", "fr-MA", "tr", "ms", "id", "ur", "ur-u-nu-arabext", "fa"];
const options = { calendar: "islamic-civil", timeZone: "UTC" };
const figures = new Intl.DateTimeFormat("en-u-nu-latn", { ...options, year: "numeric", month: "numeric", day: "numeric" });
console.log("# CLDR " + process.versions.cldr + ": date, language, as it prints the date");
for (let t = Date.UTC(2024, 6, 7); t < Date.UTC(2025, 5, 26); t += 864e5) {
  const p = Object.fromEntries(figures.formatToParts(t).map((x) => [x.type, x.value]));
  if (p.day !== "4") continue;
  for (const language of languages) {
    const printed = new Intl.DateTimeFormat(language, { ...options, dateStyle: "long" }).format(t);
    console.log([p.year, p.month.padStart(2, "0"), "04"].join("-"), language, printed);
  }
}
