/** The three forms of RFC 9110 §5.6.7: IMF-fixdate, RFC 850, asctime. */
const FORMS = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * Reads an HTTP-date (RFC 9110 §5.6.7).
 *
 * @returns milliseconds since the epoch; undefined for any other text
 */
export function parseHttpDate(value: string): number | undefined {
  if (!FORMS.some((form) => form.test(value))) return undefined;
  // asctime names no zone and means UTC.
  const time = Date.parse(value.endsWith("GMT") ? value : `${value} GMT`);
  return Number.isNaN(time) ? undefined : time;
}
