const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

const IMF = /^[a-z]{3}, (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) gmt$/i;
const RFC_850 = /^[a-z]{6,9}, (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) gmt$/i;
const ASCTIME = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/i;

/**
 * Parses an HTTP-date in its three forms (RFC 9110 §5.6.7) to seconds since the epoch; undefined if it is invalid. `Date.parse`
 * would accept far more.
 *
 * @param now seconds since the epoch: a year of two digits is at most 50 years later
 */
export function parseHttpDate(text: string | undefined, now: number): number | undefined {
  if (text === undefined || text.length > 40) return undefined;
  const imf = IMF.exec(text);
  if (imf !== null) {
    const [, day, month, year, hour, minute, second] = imf;
    return secondsOf(year, month, day, hour, minute, second);
  }
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) {
    const [, month, day, hour, minute, second, year] = asctime;
    return secondsOf(year, month, day, hour, minute, second);
  }
  const old = RFC_850.exec(text);
  if (old === null) return undefined;
  const [, day, month, digits, hour, minute, second] = old;
  return secondsOf(fullYear(Number(digits), now), month, day, hour, minute, second);
}

function fullYear(digits: number, now: number): string {
  const current = new Date(now * 1000).getUTCFullYear();
  const guess = current - (current % 100) + digits;
  return String(guess > current + 50 ? guess - 100 : guess);
}

function secondsOf(
  year = "",
  month = "",
  day = "",
  hour = "",
  minute = "",
  second = "",
): number | undefined {
  const at = MONTHS.indexOf(month.toLowerCase());
  const days = Number(day);
  if (at === -1 || days < 1 || days > 31) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const time = Date.UTC(Number(year), at, days, Number(hour), Number(minute), Number(second));
  return new Date(time).getUTCDate() === days || Number(second) === 60 ? time / 1000 : undefined;
}
