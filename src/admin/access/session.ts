import { toBase64url } from "../../agent/web-bot-auth/thumbprint.ts";

/** A login in a browser: the signed cookie that it has. */
export interface Session {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** Seconds that a login lasts. */
export const SESSION_LIFETIME = 3600;

/** Names of the cookie: with the prefix, browsers accept it only with `Secure` (RFC 6265bis §4.1.3.1). */
export const SECURE_COOKIE = "__Secure-wayleave";
/** On loopback, where there is no TLS. */
export const PLAIN_COOKIE = "wayleave-local";

/** Cookies of these names in one request, of which each is checked. */
const MOST_COOKIES = 8;
/** Logged-out sessions that are remembered until they expire. */
const MOST_ENDED = 1024;

/** Makes and checks sessions. The key comes from the token, so a changed token ends them all. */
export class Sessions {
  readonly #now: () => number;
  readonly #key: Promise<CryptoKey>;
  readonly #ended = new Map<string, number>();
  readonly #onEnd: (session: Session) => unknown;

  /**
   * @param now seconds since the epoch
   * @param onEnd called with each session that `end` ends, which waits for it @default nothing
   */
  constructor(
    adminToken: string,
    now: () => number,
    onEnd: (session: Session) => unknown = () => {},
  ) {
    this.#now = now;
    this.#onEnd = onEnd;
    this.#key = deriveKey(adminToken);
  }

  /** Begins a session, and returns the value of its cookie. */
  async begin(): Promise<string> {
    const id = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
    const said = `${id}.${this.#now() + SESSION_LIFETIME}`;
    return `${said}.${await this.#sign("session", said)}`;
  }

  /** The valid session in the field Cookie; undefined if there is none. */
  async find(cookie: string | undefined): Promise<Session | undefined> {
    for (const value of valuesOf(cookie)) {
      const session = await this.#check(value);
      if (session !== undefined) return session;
    }
    return undefined;
  }

  /** Ends a session; browsers delete the cookie besides. */
  async end(session: Session): Promise<void> {
    this.ended(session);
    await this.#onEnd(session);
  }

  /** Ends a session in this process. */
  ended({ id, expires }: Session): void {
    const now = this.#now();
    for (const [other, until] of this.#ended) if (until <= now) this.#ended.delete(other);
    if (this.#ended.size < MOST_ENDED) this.#ended.set(id, expires);
  }

  /** The text that a form of this session sends, which other pages of the site can't know. */
  formToken({ id }: Session): Promise<string> {
    return this.#sign("form", id);
  }

  /** Whether a form of this session has sent its text. */
  isFormToken({ id }: Session, given: string): Promise<boolean> {
    return this.#isSigned("form", id, given);
  }

  async #check(value: string): Promise<Session | undefined> {
    const [, said = "", id = "", expires = "", mac = ""] =
      /^(([\w-]{22})\.(\d{1,12}))\.([\w-]{43})$/.exec(value) ?? [];
    if (id === "" || !(await this.#isSigned("session", said, mac))) return undefined;
    const session = { id, expires: Number(expires) };
    return session.expires > this.#now() && !this.#ended.has(id) ? session : undefined;
  }

  async #sign(use: string, text: string): Promise<string> {
    const mac = await crypto.subtle.sign("HMAC", await this.#key, bytesOf(`${use}:${text}`));
    return toBase64url(new Uint8Array(mac));
  }

  /** Compares in constant time. */
  async #isSigned(use: string, text: string, mac: string): Promise<boolean> {
    const given = fromBase64url(mac);
    if (given === undefined) return false;
    return crypto.subtle.verify("HMAC", await this.#key, given, bytesOf(`${use}:${text}`));
  }
}

/** The field Set-Cookie of a login, or of a logout if there is no value. */
export function setCookie(value: string | undefined, isSecure: boolean): string {
  const name = isSecure ? SECURE_COOKIE : PLAIN_COOKIE;
  const lifetime = value === undefined ? 0 : SESSION_LIFETIME;
  const attributes = `Max-Age=${lifetime}; Path=/.wayleave/; HttpOnly; SameSite=Strict`;
  return `${name}=${value ?? ""}; ${attributes}${isSecure ? "; Secure" : ""}`;
}

/** The field Cookie without our own; undefined if nothing is left. */
export function withoutSession(cookie: string): string | undefined {
  const left = cookie.split(";").filter((pair) => !isOurs(nameOf(pair)));
  return left.length === 0 ? undefined : left.join(";").trim();
}

/** Whether the field Cookie may have a session. */
export function mayHaveSession(cookie: string): boolean {
  return cookie.includes(SECURE_COOKIE) || cookie.includes(PLAIN_COOKIE);
}

function valuesOf(cookie = ""): string[] {
  if (!mayHaveSession(cookie)) return [];
  const ours = cookie.split(";").filter((pair) => isOurs(nameOf(pair)));
  return ours.slice(0, MOST_COOKIES).map((pair) => pair.slice(pair.indexOf("=") + 1).trim());
}

function nameOf(pair: string): string {
  return pair.split("=", 1)[0]?.trim() ?? "";
}

function isOurs(name: string): boolean {
  return name === SECURE_COOKIE || name === PLAIN_COOKIE;
}

/** RFC 5869 */
async function deriveKey(secret: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", bytesOf(secret), "HKDF", false, [
    "deriveKey",
  ]);
  const info = bytesOf("wayleave admin sessions, version 1");
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info },
    material,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign", "verify"],
  );
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]{43}$/.test(text)) return undefined;
  const decoded = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(decoded, (char) => char.charCodeAt(0));
}
