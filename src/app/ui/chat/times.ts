export function clock(ts: number, language: string): string {
  return new Date(ts).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
}

export function dayText(ts: number, language: string): string {
  return new Date(ts).toLocaleDateString(language, { weekday: "long", year: "numeric", month: "long", day: "numeric" });
}

/** The time of today, else the day and the time. */
export function momentText(ts: number, language: string): string {
  const date = new Date(ts);
  if (new Date().toDateString() === date.toDateString()) return clock(ts, language);
  return date.toLocaleString(language, { dateStyle: "short", timeStyle: "short" });
}
