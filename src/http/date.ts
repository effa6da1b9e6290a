import { remembering } from "./remember.ts";

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

const TIME = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})`;

/** IMF-fixdate, and the obsolete forms of asctime and RFC 850. */
const FORMS = [
  String.raw`^[a-z]{3}, (?<day>\d{2}) (?<month>[a-z]{3}) (?<year>\d{4}) ${TIME} gmt$`,
  String.raw`^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`,
  String.raw`^[a-z]{6,9}, (?<day>\d{2})-(?<month>[a-z]{3})-(?<year>\d{2}) ${TIME} gmt$`,
].map((form) => new RegExp(form, "i"));

/** The parts of a date; the responses of one second have the same Date. */
const partsOf = remembering((text) => {
  let parts: Readonly<Record<string, string>> | undefined;
  for (const form of FORMS) parts ??= form.exec(text)?.groups;
  return parts;
});

/**
 * Parses an HTTP-date in its three forms (RFC 9110 §5.6.7) to seconds since the epoch; undefined if
 * it is invalid. `Date.parse` would accept far more.
 *
 * @param now seconds since the epoch: a year of two digits is at most 50 years later
 */
export function parseHttpDate(text: string | undefined, now: number): number | undefined {
  const parts = text === undefined || text.length > 40 ? undefined : partsOf(text);
  if (parts === undefined) return undefined;
  const { year = "", month = "", day, hour, minute, second } = parts;
  const at = MONTHS.indexOf(month.toLowerCase());
  const days = Number(day);
  if (at === -1 || days < 1 || days > 31) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const full = year.length === 2 ? fullYear(Number(year), now) : Number(year);
  const time = Date.UTC(full, at, days, Number(hour), Number(minute), Number(second));
  return new Date(time).getUTCDate() === days || Number(second) === 60 ? time / 1000 : undefined;
}

function fullYear(digits: number, now: number): number {
  const current = new Date(now * 1000).getUTCFullYear();
  const guess = current - (current % 100) + digits;
  return guess > current + 50 ? guess - 100 : guess;
}
