import { CHARACTERS, isIn } from "./characters.ts";
import { readDisplayString } from "./display-string.ts";
import type { FieldFault } from "./structured-field.ts";

/** A Bare Item (RFC 9651 §3.3); `text` is its strict serialisation. */
export type BareItem =
  | { readonly type: "integer" | "decimal" | "date"; readonly value: number; readonly text: string }
  | {
      readonly type: "string" | "token" | "display-string";
      readonly value: string;
      readonly text: string;
    }
  | { readonly type: "bytes"; readonly value: Uint8Array<ArrayBuffer>; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean; readonly text: string };

export type Params = ReadonlyMap<string, BareItem>;

export const TRUE: BareItem = { type: "boolean", value: true, text: "?1" };

const NO_PARAMS: { readonly params: Params; readonly text: string } = {
  params: new Map(),
  text: "",
};

/** Reads the parts of a Structured Field in one pass; a failed read sets `fault`. */
export class FieldReader {
  readonly #text: string;
  #at = 0;
  fault: FieldFault | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get position(): number {
    return this.#at;
  }

  atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  peek(): string | undefined {
    return this.#text[this.#at];
  }

  take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  fail(fault: FieldFault): undefined {
    this.fault = fault;
    return undefined;
  }

  skipSpaces(): void {
    this.#skip(CHARACTERS.space);
  }

  /** Skips OWS, which may surround the commas of a Dictionary. */
  skipWhitespace(): void {
    this.#skip(CHARACTERS.whitespace);
  }

  onlySpacesFrom(start: number): boolean {
    for (let at = start; at < this.#at; at++) {
      if (this.#text.charCodeAt(at) !== 0x20) return false;
    }
    return true;
  }

  /** RFC 9651 §4.2.3.3 */
  readKey(): string | undefined {
    const first = this.#code();
    if (!isIn(first, CHARACTERS.keyStart)) return this.fail("syntax");
    return this.#read(CHARACTERS.key);
  }

  /** RFC 9651 §4.2.3.2, with a repeated parameter as a fault. */
  readParams(): { readonly params: Params; readonly text: string } | undefined {
    if (this.#code() !== 0x3b) return NO_PARAMS;
    const params = new Map<string, BareItem>();
    let text = "";
    while (this.take(";")) {
      this.skipSpaces();
      const key = this.readKey();
      if (key === undefined) return undefined;
      if (params.has(key)) return this.fail("duplicate-parameter");
      const value = this.take("=") ? this.readBareItem() : TRUE;
      if (value === undefined) return undefined;
      text += value.text === "?1" ? `;${key}` : `;${key}=${value.text}`;
      params.set(key, value);
    }
    return { params, text };
  }

  /** RFC 9651 §4.2.3.1 */
  readBareItem(): BareItem | undefined {
    const code = this.#code();
    if (code === 0x22) return this.#readString();
    if (code === 0x3a) return this.#readBytes();
    if (code === 0x2d || isIn(code, CHARACTERS.digit)) return this.#readNumber();
    if (isIn(code, CHARACTERS.tokenStart)) {
      const token = this.#read(CHARACTERS.token);
      return { type: "token", value: token, text: token };
    }
    if (code === 0x3f) return this.#readBoolean();
    if (code === 0x40) return this.#readDate();
    if (code === 0x25) return this.#readDisplayString();
    return this.fail("syntax");
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #read(kind: number): string {
    const start = this.#at;
    this.#skip(kind);
    return this.#text.slice(start, this.#at);
  }

  #skip(kind: number): void {
    const text = this.#text;
    let at = this.#at;
    while (at < text.length && isIn(text.charCodeAt(at), kind)) at++;
    this.#at = at;
  }

  #readString(): BareItem | undefined {
    const input = this.#text;
    const start = this.#at;
    let at = start + 1;
    let escaped = false;
    for (;;) {
      while (at < input.length && isIn(input.charCodeAt(at), CHARACTERS.unescaped)) at++;
      const code = input.charCodeAt(at);
      if (code === 0x22) break;
      if (code !== 0x5c) return this.fail("syntax");
      const next = input.charCodeAt(at + 1);
      if (next !== 0x22 && next !== 0x5c) return this.fail("syntax");
      escaped = true;
      at += 2;
    }
    this.#at = at + 1;
    const text = input.slice(start, this.#at);
    const inner = text.slice(1, -1);
    return { type: "string", value: escaped ? inner.replaceAll(/\\(.)/g, "$1") : inner, text };
  }

  /** RFC 9651 §4.2.7: missing padding is allowed for. */
  #readBytes(): BareItem | undefined {
    this.#at++;
    const base64 = this.#read(CHARACTERS.base64);
    if (!this.take(":")) return this.fail("syntax");
    let binary: string;
    try {
      binary = atob(base64);
    } catch {
      return this.fail("syntax");
    }
    const value = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) value[at] = binary.charCodeAt(at);
    return { type: "bytes", value, text: `:${btoa(binary)}:` };
  }

  #readNumber(): BareItem | undefined {
    const sign = this.take("-") ? "-" : "";
    const whole = this.#read(CHARACTERS.digit);
    if (whole === "" || whole.length > 15) return this.fail("syntax");
    if (!this.take(".")) {
      const value = Number(sign + whole);
      // Negative zero is serialised as 0 (RFC 9651 §4.1.4).
      return { type: "integer", value, text: String(value) };
    }
    const fraction = this.#read(CHARACTERS.digit);
    if (whole.length > 12 || fraction === "" || fraction.length > 3) return this.fail("syntax");
    const value = Number(`${sign}${whole}.${fraction}`);
    return { type: "decimal", value, text: Number.isInteger(value) ? `${value}.0` : `${value}` };
  }

  #readBoolean(): BareItem | undefined {
    this.#at++;
    if (this.take("1")) return TRUE;
    if (this.take("0")) return { type: "boolean", value: false, text: "?0" };
    return this.fail("syntax");
  }

  #readDate(): BareItem | undefined {
    this.#at++;
    const number = this.#readNumber();
    if (number?.type !== "integer") return this.fail("syntax");
    return { type: "date", value: number.value, text: `@${number.text}` };
  }

  #readDisplayString(): BareItem | undefined {
    const read = readDisplayString(this.#text, this.#at);
    if (read === undefined) return this.fail("syntax");
    this.#at = read.end;
    return { type: "display-string", value: read.value, text: read.text };
  }
}
