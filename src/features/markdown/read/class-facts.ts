import { decodeAttribute } from "../../../html/references.ts";
import type { ElementKind } from "../stream/elements.ts";
import { type ClassTraits, traitsOfClass } from "../stream/visibility.ts";
import { type CodeTraits, codeTraitsOf, NO_TRAITS } from "./code-classes.ts";
import { type Meaning, meaningOfClass } from "./meanings.ts";
import type { Term } from "./terms.ts";
import { termsOfClass } from "./vocabulary.ts";

/** All that a class says about its element. */
export class ClassFacts {
  readonly className: string;
  /** How the element is read. */
  readonly meaning: Meaning | undefined;
  /** The part of laid-out code that the element is. */
  readonly code: CodeTraits;
  /** The part of a page that the element is. */
  readonly terms: readonly Term[];
  /** Whether it says nothing about how the element is read. */
  readonly isSilent: boolean;
  readonly #numbered: ClassTraits;
  readonly #others: ClassTraits;

  constructor(className: string) {
    this.className = className;
    this.meaning = meaningOfClass(className);
    this.code = codeTraitsOf(className);
    this.terms = termsOfClass(className);
    this.#others = traitsOfClass(className, false);
    this.#numbered = this.#others.isFurniture ? traitsOfClass(className, true) : this.#others;
    const isOther = this.#others.isFurniture || this.meaning !== undefined;
    this.isSilent = !isOther && this.code === NO_TRAITS;
  }

  /** The meaning for an element of a kind: beside content, a note, mathematics, a language. */
  traitsFor(kind: ElementKind): ClassTraits {
    return kind.isNumbered ? this.#numbered : this.#others;
  }
}

/** Of an element without a class. */
export const NO_FACTS = new ClassFacts("");

/** Classes of this and of former pages, which repeat; a newer one takes the place of an older one. */
const SLOTS = 8192;
/** Places at which a class may be. */
const PLACES = 4;
/** The longest class that is remembered, in characters. */
const LONGEST = 400;
const hashes = new Int32Array(SLOTS);
/** Classes as they are written in tags, and what they say. */
const spellings: (string | undefined)[] = Array.from({ length: SLOTS });
const facts: (ClassFacts | undefined)[] = Array.from({ length: SLOTS });
let next = 0;

/** The facts of a class whose value is a part of a text, its references not decoded. */
export function factsOfClass(text: string, start: number, end: number): ClassFacts {
  if (end <= start) return NO_FACTS;
  if (end - start > LONGEST) return new ClassFacts(decodeAttribute(text.slice(start, end)));
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  const slot = (hash ^ (hash >>> 12)) & (SLOTS - PLACES);
  for (let place = slot; place < slot + PLACES; place++) {
    if (hashes[place] !== hash) continue;
    const spelling = spellings[place];
    if (spelling !== undefined && isAt(text, start, end, spelling))
      return facts[place] as ClassFacts;
  }
  return remember(slot, hash, text.slice(start, end));
}

function isAt(text: string, start: number, end: number, spelling: string): boolean {
  if (end - start !== spelling.length) return false;
  for (let i = 0; i < spelling.length; i++) {
    if (text.charCodeAt(start + i) !== spelling.charCodeAt(i)) return false;
  }
  return true;
}

function remember(slot: number, hash: number, slice: string): ClassFacts {
  // A copy: a slice would keep its page in memory.
  const spelling = copyOf(slice);
  const found = new ClassFacts(decodeAttribute(spelling));
  next = (next + 1) % PLACES;
  let place = slot + next;
  for (let i = slot; i < slot + PLACES; i++) if (spellings[i] === undefined) place = i;
  hashes[place] = hash;
  spellings[place] = spelling;
  facts[place] = found;
  return found;
}

function copyOf(text: string): string {
  return ` ${text}`.slice(1);
}

/** The facts of a class that is given as a string. */
export function factsOfString(className: string): ClassFacts {
  return className === "" ? NO_FACTS : new ClassFacts(className);
}
