import { fault, warning, type DocumentIssue } from "./issue.ts";

/** Fields whose values are URIs (RFC 9116 §2.5); a web address must be of https. */
const URIS = new Set([
  "acknowledgments",
  "canonical",
  "contact",
  "csaf",
  "encryption",
  "hiring",
  "policy",
]);

/** Fields that may be there once. */
const ONCE = ["expires", "preferred-languages"];

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;

/** Milliseconds after which Expires is too far away (§2.5.5: less than a year is recommended). */
const YEAR = 366 * 86_400_000;

/** Finds the faults of a security.txt (RFC 9116). @param now milliseconds since the epoch */
export function checkSecurityTxt(content: string, now: number): readonly DocumentIssue[] {
  const issues: DocumentIssue[] = [];
  const found = new Map<string, string[]>();
  for (const [number, line] of unsigned(content)) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const colon = text.indexOf(":");
    if (colon < 1) {
      issues.push(fault(`line ${number}: expected "Field: value"`));
      continue;
    }
    const name = text.slice(0, colon).trim().toLowerCase();
    const value = text.slice(colon + 1).trim();
    found.set(name, [...(found.get(name) ?? []), value]);
    if (URIS.has(name) && !isUri(value)) {
      issues.push(fault(`line ${number}: ${name} must be a URI, and of the web only https`));
    }
  }
  if (!found.has("contact")) issues.push(fault("Contact is missing (RFC 9116 §2.5.3)"));
  for (const name of ONCE) {
    if ((found.get(name)?.length ?? 0) > 1) issues.push(fault(`${name} may be there only once`));
  }
  return [...issues, ...checkExpires(found.get("expires")?.[0], now)];
}

function checkExpires(value: string | undefined, now: number): readonly DocumentIssue[] {
  if (value === undefined) return [fault("Expires is missing (RFC 9116 §2.5.5)")];
  const time = DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) return [fault('Expires must be a date such as "2027-01-01T00:00:00Z"')];
  if (time <= now)
    return [{ ...warning(`it has expired at ${value}; readers ignore it`), isExpiry: true }];
  if (time - now > YEAR) return [warning("Expires is more than a year ahead (RFC 9116 §2.5.5)")];
  return [];
}

function isUri(value: string): boolean {
  return URL.canParse(value) && !/^http:/i.test(value) && !/\s/.test(value);
}

/** The lines of the text with their numbers, without those of an OpenPGP signature (RFC 9116 §2.3). */
function unsigned(content: string): readonly (readonly [number: number, line: string])[] {
  const lines = content.split(/\r?\n/).map((line, at) => [at + 1, line] as const);
  if (!content.startsWith("-----BEGIN PGP SIGNED MESSAGE-----")) return lines;
  const begin = lines.findIndex(([, line]) => line === "") + 1;
  const end = lines.findIndex(([, line]) => line.startsWith("-----BEGIN PGP SIGNATURE-----"));
  const text = lines.slice(begin, end === -1 ? undefined : end);
  return text.map(([number, line]) => [number, line.startsWith("- ") ? line.slice(2) : line]);
}
