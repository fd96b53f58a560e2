// Writes month-starts.txt: node month-starts.js > month-starts.txt
// Each line: a Hijri month, then the Gregorian dates on which it begins in
// ICU's islamic-civil and islamic-umalqura calendars; - outside the years that
// are compared. Those of civil are 1950 to 2050, of Umm al-Qura 2000 to 2028.
const calendars = [
  { name: "islamic-civil", from: Date.UTC(1949, 10, 1), to: Date.UTC(2051, 1, 28) },
  { name: "islamic-umalqura", from: Date.UTC(1999, 10, 1), to: Date.UTC(2029, 1, 28) },
];
const starts = new Map();
calendars.forEach(({ name, from, to }, i) => {
  const format = new Intl.DateTimeFormat("en-u-nu-latn-ca-" + name,
    { year: "numeric", month: "numeric", day: "numeric", timeZone: "UTC" });
  for (let t = from; t <= to; t += 864e5) {
    const p = Object.fromEntries(format.formatToParts(t).map((x) => [x.type, x.value]));
    if (p.day !== "1") continue;
    const month = p.year + "-" + p.month.padStart(2, "0");
    if (!starts.has(month)) starts.set(month, ["-", "-"]);
    starts.get(month)[i] = new Date(t).toISOString().slice(0, 10);
  }
});
console.log("# ICU " + process.versions.icu + ": month, civil, umm-al-qura");
for (const month of [...starts.keys()].sort()) console.log(month, ...starts.get(month));
