const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** The last value, since most lines have the time of the line before. */
let latest = { text: "", time: undefined as number | undefined };

/** Parses `28/Nov/2026:23:59:59 +0100`. Returns milliseconds since the epoch, or undefined. */
export function parseCommonTime(text: string): number | undefined {
  if (text === latest.text) return latest.time;
  latest = { text, time: commonTime(text) };
  return latest.time;
}

function commonTime(text: string): number | undefined {
  const found = COMMON.exec(text);
  if (found === null) return undefined;
  const [, day, name = "", year, hour, minute, second, sign, hours, minutes] = found;
  const month = MONTHS.indexOf(name);
  if (month === -1 || month % 3 !== 0) return undefined;
  const zone = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  const utc = Date.UTC(
    Number(year),
    month / 3,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return utc - zone;
}

const COMMON =
  /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})? ([+-])(\d{2})(\d{2})$/;

/** Bounds of the years 2000 to 2100, in milliseconds. */
const [EARLIEST, LATEST] = [946_684_800_000, 4_102_444_800_000];

/**
 * Parses a time as logs in JSON have it: RFC 3339, or a number of seconds, milliseconds, microseconds or
 * nanoseconds since the epoch, which its size tells apart.
 */
export function parseTime(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number === "number") {
    for (const factor of [1000, 1, 1e-3, 1e-6]) {
      const time = number * factor;
      if (time >= EARLIEST && time < LATEST) return Math.floor(time);
    }
    return undefined;
  }
  if (typeof number !== "string" || number.length > 40) return undefined;
  const time = Date.parse(number);
  return Number.isNaN(time) ? undefined : time;
}
