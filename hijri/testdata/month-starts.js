// Writes month-starts.txt: node month-starts.js > month-starts.txt
// Each line: a Hijri month, then the Gregorian dates on which it begins in
// ICU's islamic-civil and islamic-umalqura calendars.
const calendars = ["islamic-civil", "islamic-umalqura"];
const format = calendars.map((c) => new Intl.DateTimeFormat("en-u-nu-latn-ca-" + c,
  { year: "numeric", month: "numeric", day: "numeric", timeZone: "UTC" }));
const starts = new Map();
for (let t = Date.UTC(1999, 10, 1); t <= Date.UTC(2029, 1, 28); t += 864e5) {
  format.forEach((f, i) => {
    const p = Object.fromEntries(f.formatToParts(t).map((x) => [x.type, x.value]));
    if (p.day !== "1") return;
    const month = p.year + "-" + p.month.padStart(2, "0");
    if (!starts.has(month)) starts.set(month, []);
    starts.get(month)[i] = new Date(t).toISOString().slice(0, 10);
  });
}
console.log("# ICU " + process.versions.icu + ": month, civil, umm-al-qura");
for (const [month, days] of starts) if (days[0] && days[1]) console.log(month, ...days);
