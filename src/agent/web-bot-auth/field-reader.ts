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

const NO_PARAMS: { readonly params: Params; readonly text: string } = {
  params: new Map(),
  text: "",
};
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the parts of a Structured Field from left to right, never twice; a failed read leaves `fault`. */
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
    while (this.#code() === 0x20) this.#at++;
  }

  /** OWS, which may stand around the commas of a Dictionary. */
  skipWhitespace(): void {
    while (this.#code() === 0x20 || this.#code() === 0x09) this.#at++;
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
    if (!isLower(first) && first !== 0x2a) return this.fail("syntax");
    return this.#while(isKeyCode);
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
      let value: BareItem = { type: "boolean", value: true, text: "?1" };
      if (this.take("=")) {
        const read = this.readBareItem();
        if (read === undefined) return undefined;
        value = read;
      }
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
    if (code === 0x2d || isDigit(code)) return this.#readNumber();
    if (code === 0x2a || isAlpha(code)) {
      const token = this.#while(isTokenCode);
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

  #while(accepts: (code: number) => boolean): string {
    const start = this.#at;
    while (accepts(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #readString(): BareItem | undefined {
    const start = this.#at++;
    let escaped = false;
    for (;;) {
      const code = this.#code();
      if (code === 0x22) break;
      if (code === 0x5c) {
        escaped = true;
        this.#at++;
        if (this.#code() !== 0x22 && this.#code() !== 0x5c) return this.fail("syntax");
      } else if (!(code >= 0x20 && code <= 0x7e)) return this.fail("syntax");
      this.#at++;
    }
    this.#at++;
    const text = this.#text.slice(start, this.#at);
    const inner = text.slice(1, -1);
    return { type: "string", value: escaped ? inner.replaceAll(/\\(.)/g, "$1") : inner, text };
  }

  /** RFC 9651 §4.2.7: missing padding is allowed for. */
  #readBytes(): BareItem | undefined {
    this.#at++;
    const base64 = this.#while(isBase64Code);
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
    const whole = this.#while(isDigit);
    if (whole === "" || whole.length > 15) return this.fail("syntax");
    if (!this.take(".")) {
      const value = Number(sign + whole);
      // A negative zero has no serialisation of its own (RFC 9651 §4.1.4).
      return { type: "integer", value, text: String(value) };
    }
    const fraction = this.#while(isDigit);
    if (whole.length > 12 || fraction === "" || fraction.length > 3) return this.fail("syntax");
    const value = Number(`${sign}${whole}.${fraction}`);
    return { type: "decimal", value, text: Number.isInteger(value) ? `${value}.0` : `${value}` };
  }

  #readBoolean(): BareItem | undefined {
    this.#at++;
    if (this.take("1")) return { type: "boolean", value: true, text: "?1" };
    if (this.take("0")) return { type: "boolean", value: false, text: "?0" };
    return this.fail("syntax");
  }

  #readDate(): BareItem | undefined {
    this.#at++;
    const number = this.#readNumber();
    if (number?.type !== "integer") return this.fail("syntax");
    return { type: "date", value: number.value, text: `@${number.text}` };
  }

  /** RFC 9651 §4.2.10 */
  #readDisplayString(): BareItem | undefined {
    const start = this.#at++;
    if (!this.take('"')) return this.fail("syntax");
    const bytes: number[] = [];
    while (!this.take('"')) {
      const code = this.#code();
      if (!(code >= 0x20 && code <= 0x7e)) return this.fail("syntax");
      this.#at++;
      if (code !== 0x25) bytes.push(code);
      else {
        const high = lowerHex(this.#code());
        const low = lowerHex(this.#text.charCodeAt(this.#at + 1));
        if (high === undefined || low === undefined) return this.fail("syntax");
        bytes.push(high * 16 + low);
        this.#at += 2;
      }
    }
    try {
      const value = decoder.decode(Uint8Array.from(bytes));
      return { type: "display-string", value, text: this.#text.slice(start, this.#at) };
    } catch {
      return this.fail("syntax");
    }
  }
}

// A code past the end is NaN, which every comparison below refuses.
function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}
function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
function isAlpha(code: number): boolean {
  return isLower(code) || (code >= 0x41 && code <= 0x5a);
}
function isKeyCode(code: number): boolean {
  // "_" "-" "." "*"
  return (
    isLower(code) ||
    isDigit(code) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x2a
  );
}
function isBase64Code(code: number): boolean {
  return isAlpha(code) || isDigit(code) || code === 0x2b || code === 0x2f || code === 0x3d;
}
/** tchar, ":" and "/" (RFC 9651 §3.3.4) */
function isTokenCode(code: number): boolean {
  return isAlpha(code) || (code < 0x7f && TOKEN_MARKS.has(code)) || isDigit(code);
}
const TOKEN_MARKS = new Set(Array.from("!#$%&'*+-.^_`|~:/", (mark) => mark.charCodeAt(0)));

function lowerHex(code: number): number | undefined {
  if (isDigit(code)) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : undefined;
}
