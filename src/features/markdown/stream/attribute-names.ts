import { isNameAt } from "../../../html/attributes.ts";

/** Attributes that the converter reads. */
const READ = (
  "id class href src alt title name content rel role type hidden aria-hidden aria-label style start " +
  "value reversed colspan rowspan checked disabled srcset data-src data-original data-lazy-src " +
  "data-srcset lang data-lang data-language data-tagsearch-lang data-enlighter-language property encoding display alttext width height open " +
  "data-markdown-ignore data-wayleave-directive cite shadowrootmode slot itemprop itemtype " +
  "align span aria-labelledby aria-controls aria-expanded aria-level for " +
  "aria-haspopup aria-selected aria-modal aria-roledescription data-target data-bs-target data-toggle " +
  "data-bs-toggle data-title data-callout data-footnote-ref data-footnote-backref epub:type " +
  "close separators mathvariant linethickness notation columnalign " +
  "playlabel videoid data-videoid data-tweetid data-shortcode data-pin-id data-litespeed-src data data-href " +
  "data-url data-lazy data-lazy-srcset data-hi-res-src data-full-src data-image data-echo data-actualsrc data-ll-src " +
  "data-tex data-latex data-katex data-math data-formula data-equation data-expr data-c data-mml-node transform jax"
).split(" ");

/** The possible meanings of a tag's attributes, as bits. */
export const HIDES = 1;
export const ID = 2;
export const CLASS = 4;
/** A type or property of schema.org. */
export const SCHEMA = 8;
/** An id of which words may say what the element is. */
export const NAMED = 16;
export const ROLE = 32;

/** Attributes that may make their element hidden, or not content. */
const HIDING = new Set(
  "hidden aria-hidden style role data-markdown-ignore data-wayleave-directive".split(" "),
);

/** Attributes of elements that the reader adds: a page can't give them. */
const OWN = "data-wayleave-";
const DIRECTIVE = "data-wayleave-directive";
const LONGEST_NAME = 40;

/** Slots of the table of names; a power of two. */
const SLOTS = 1024;
const NUMBERS = new Int16Array(SLOTS).fill(-1);
const HASHES = new Int32Array(SLOTS);
const BITS = new Uint8Array(READ.length);

for (const [number, name] of READ.entries()) {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = hashOn(hash, name.charCodeAt(i));
  let slot = slotOf(hash);
  while (NUMBERS[slot] !== -1) slot = (slot + 1) % SLOTS;
  NUMBERS[slot] = number;
  HASHES[slot] = hash;
  if (HIDING.has(name)) BITS[number] = HIDES;
  if (name === "role") BITS[number] = HIDES | ROLE;
  if (name === "id") BITS[number] = ID;
  if (name === "class") BITS[number] = CLASS;
  if (name === "itemtype" || name === "itemprop") BITS[number] = SCHEMA;
}

/** Adds a character to the hash of a name, whose letters have any case. */
export function hashOn(hash: number, code: number): number {
  return (Math.imul(hash, 31) + (code | 0x20)) | 0;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (SLOTS - 1);
}

export function isOwn(name: string): boolean {
  return name.startsWith(OWN) && name !== DIRECTIVE;
}

/** The names of attributes that are read, by number. */
export class AttributeNames {
  readonly #more: ReadonlyMap<string, number>;
  readonly #names: readonly string[];

  /** @param more names that are read besides the converter's own */
  constructor(more: ReadonlySet<string>) {
    const others = more.size === 0 ? [] : [...more].filter((name) => !isOwn(name));
    this.#names = others.length === 0 ? READ : [...READ, ...others];
    this.#more = new Map(others.map((name, i) => [name, READ.length + i]));
  }

  nameOf(number: number): string {
    return this.#names[number] as string;
  }

  /** The possible meanings of an attribute. */
  bitsOf(number: number): number {
    return BITS[number] ?? 0;
  }

  /** The number of the name at a position of a text; -1 if it is not read. @param hash its hash */
  find(text: string, start: number, end: number, hash: number): number {
    let slot = slotOf(hash);
    for (let number = NUMBERS[slot] as number; number >= 0; number = NUMBERS[slot] as number) {
      if (HASHES[slot] === hash && isNameAt(text, start, end, READ[number] as string)) {
        return number;
      }
      slot = (slot + 1) % SLOTS;
    }
    if (this.#more.size === 0 || end - start > LONGEST_NAME) return -1;
    return this.#more.get(text.slice(start, end).toLowerCase()) ?? -1;
  }
}

const COMMON = new AttributeNames(new Set());

/** The names that are read if a rule names some of them. */
export function namesFor(more: ReadonlySet<string>): AttributeNames {
  return more.size === 0 ? COMMON : new AttributeNames(more);
}
