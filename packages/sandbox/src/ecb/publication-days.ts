const dayMs = 86_400_000;

/** Whether the European Central Bank publishes on a day (YYYY-MM-DD): every working day but the closing days of TARGET. */
export function isPublicationDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  const weekday = at.getUTCDay();
  if (weekday === 0 || weekday === 6 || ['01-01', '05-01', '12-25', '12-26'].includes(day.slice(5))) return false;
  const sinceEaster = (at.getTime() - easterOf(at.getUTCFullYear())) / dayMs;
  return sinceEaster !== -2 && sinceEaster !== 1;
}

/** Publication days from one day to another, both included, the newest first. */
export function publicationDays(from: string, to: string): string[] {
  const days = [];
  for (let at = Date.parse(to); at >= Date.parse(from); at -= dayMs) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (isPublicationDay(day)) days.push(day);
  }
  return days;
}

/** Easter Sunday, by the Gregorian computus of Meeus, Astronomical Algorithms, chapter 8. */
function easterOf(year: number): number {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const [d, e] = [Math.floor(b / 4), b % 4];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const [i, k] = [Math.floor(c / 4), c % 4];
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  return Date.UTC(year, month - 1, (h + l - 7 * m + 33 * month + 19) % 32);
}
