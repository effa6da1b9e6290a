import { BoundedCache } from "../../memory/bounded-cache.ts";

/**
 * What is known about a content that came with cookies: the same for every client (`proven`); to be
 * found out by reading it (`open`); neither proven nor worth a new attempt for a while (`unproven`).
 */
export type ProofState = "proven" | "open" | "unproven";

type KnownContent =
  | { readonly kind: "proven" }
  /** An attempt by our own request failed, or brought other content. */
  | { readonly kind: "unproven"; readonly until: number; readonly cookies: readonly Cookies[] };

/** Digests of the values in one Cookie field. */
type Cookies = ReadonlySet<number>;

/** The most contents of which a process remembers evidence. */
const MOST_KNOWN = 10_000;
/** Milliseconds for which evidence counts. */
const KNOWN_FOR = 7 * 86_400_000;
/** Unlike Cookie values under which the same content must come. */
const UNLIKE = 3;
/** The most members of a Cookie field that is compared. */
const MOST_MEMBERS = 64;
const LONGEST = 8192;

/** The evidence of one process that content does not depend on cookies, by content. */
export class CookieEvidence {
  readonly #now: () => number;
  readonly #records = new BoundedCache<KnownContent>({
    name: "counts",
    max: MOST_KNOWN,
    ttl: KNOWN_FOR,
    sizeOf: (record) =>
      record.kind === "proven" ? 0 : record.cookies.reduce((sum, { size }) => sum + 40 * size, 0),
  });

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  of(key: string): ProofState {
    const record = this.#records.get(key);
    if (record === undefined) return "open";
    if (record.kind === "proven") return "proven";
    return record.until > this.#now() ? "unproven" : "open";
  }

  /** Records that the content came without cookies. */
  prove(key: string): void {
    if (this.#records.get(key)?.kind !== "proven") this.#records.set(key, { kind: "proven" });
  }

  /** Records that an attempt proved nothing: the next one may follow after some seconds. */
  fail(key: string, seconds: number): void {
    const record = this.#records.get(key);
    if (record?.kind === "proven") return;
    const until = this.#now() + seconds;
    this.#records.set(key, { kind: "unproven", until, cookies: record?.cookies ?? [] });
  }

  /** Records a Cookie field with which the content came; three unlike ones prove it. */
  see(key: string, cookie: string): void {
    const record = this.#records.get(key);
    if (record?.kind === "proven") return;
    const cookies = cookiesIn(cookie);
    const before = record?.cookies ?? [];
    if (cookies === undefined || before.some((other) => !areUnlike(other, cookies))) return;
    const all = [...before, cookies];
    const until = record?.until ?? 0;
    const isProven = all.length >= UNLIKE;
    this.#records.set(
      key,
      isProven ? { kind: "proven" } : { kind: "unproven", until, cookies: all },
    );
  }
}

/**
 * Digests of the values, since a session under two names is one session; undefined if there are
 * none or too many. If two values have the same digest, the cookies only count as alike.
 */
function cookiesIn(field: string): Cookies | undefined {
  if (field.length > LONGEST) return undefined;
  const members = field.split(/[;,]/, MOST_MEMBERS + 1);
  if (members.length > MOST_MEMBERS) return undefined;
  const values = members
    .map((member) => member.slice(member.indexOf("=") + 1).replaceAll(/["\s]/g, ""))
    .filter((value) => value !== "");
  return values.length === 0 ? undefined : new Set(values.map(digestOf));
}

function areUnlike(one: Cookies, other: Cookies): boolean {
  for (const digest of one) if (other.has(digest)) return false;
  return true;
}

/** FNV-1a. */
function digestOf(text: string): number {
  let digest = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) digest = Math.imul(digest ^ text.charCodeAt(i), 0x01000193);
  return digest >>> 0;
}
