import {
  DOUBLE_QUOTE,
  EQUALS,
  GREATER,
  isSpace,
  SINGLE_QUOTE,
  SLASH,
} from "../../../html/characters.ts";
import { type ClassFacts, factsOfClass, NO_FACTS } from "../read/class-facts.ts";
import { Integers } from "../read/integers.ts";
import { mayHaveTerms } from "../read/term-filter.ts";
import { type AttributeNames, CLASS, hashOn, ID, NAMED } from "./attribute-names.ts";

/** The fields of an attribute: the number of its name, and where its value is. */
const NAME = 0;
const START = 1;
const END = 2;
const FIELDS = 3;

/** The longest value; longer ones are cut, since markdown needs none. */
const LONGEST_VALUE = 65_536;
/** Attributes of a tag that are read. */
const MOST = 40;
/** Attributes of a tag that are looked at. */
const MOST_SEEN = 500;
/** The result of reading a tag: bits that say what its attributes may mean, and their number times this. */
export const ONE = 256;

/** The attributes of tags that the converter reads, in numbers: each tag is read once. */
export class AttributeList {
  readonly names: AttributeNames;
  /** The facts of the class of the tag that was read last. */
  facts: ClassFacts = NO_FACTS;
  readonly #integers = new Integers(FIELDS);
  #bits = 0;
  #count = 0;

  constructor(names: AttributeNames) {
    this.names = names;
  }

  /** The number of attributes so far. */
  get length(): number {
    return this.#integers.length;
  }

  clear(): void {
    this.#integers.clear();
  }

  nameOf(index: number): string {
    return this.names.nameOf(this.#integers.values[index * FIELDS + NAME] as number);
  }

  startOf(index: number): number {
    return this.#integers.values[index * FIELDS + START] as number;
  }

  endOf(index: number): number {
    return this.#integers.values[index * FIELDS + END] as number;
  }

  /**
   * Reads the attributes in a part of a text, as {@link eachAttribute} finds them.
   *
   * @returns what they may mean, plus their number times `ONE`
   */
  read(source: string, start: number, end: number): number {
    this.facts = NO_FACTS;
    this.#bits = this.#count = 0;
    let seen = 0;
    for (let i = start; i < end;) {
      const first = source.charCodeAt(i);
      if (first === SLASH || isSpace(first)) {
        i += 1;
        continue;
      }
      const nameStart = i;
      let hash = hashOn(0, first);
      for (i += 1; i < end; i++) {
        const code = source.charCodeAt(i);
        if (code <= GREATER && (code === EQUALS || code === SLASH || isSpace(code))) break;
        hash = hashOn(hash, code);
      }
      const nameEnd = i;
      let at = i;
      while (at < end && isSpace(source.charCodeAt(at))) at++;
      let valueStart = nameEnd;
      let valueEnd = nameEnd;
      if (at < end && source.charCodeAt(at) === EQUALS) {
        at += 1;
        while (at < end && isSpace(source.charCodeAt(at))) at++;
        valueStart = valueEnd = at;
        const quote = at < end ? source.charCodeAt(at) : 0;
        if (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE) {
          valueStart = at + 1;
          const found = source.indexOf(quote === DOUBLE_QUOTE ? '"' : "'", valueStart);
          valueEnd = found < 0 || found > end ? end : found;
          i = valueEnd + 1;
        } else {
          while (valueEnd < end && !isSpace(source.charCodeAt(valueEnd))) valueEnd++;
          i = valueEnd;
        }
      }
      seen += 1;
      if (this.#count >= MOST || seen > MOST_SEEN) break;
      const name = this.names.find(source, nameStart, nameEnd, hash);
      if (name >= 0)
        this.#add(name, source, valueStart, Math.min(valueEnd, valueStart + LONGEST_VALUE));
    }
    return this.#bits + this.#count * ONE;
  }

  #add(name: number, source: string, start: number, end: number): void {
    const at = this.#integers.add();
    const { values } = this.#integers;
    values[at + NAME] = name;
    values[at + START] = start;
    values[at + END] = end;
    this.#count += 1;
    const bits = this.names.bitsOf(name);
    if ((bits & CLASS) !== 0) {
      // Of two with one name the first counts.
      if ((this.#bits & CLASS) === 0) this.facts = factsOfClass(source, start, end);
    } else if ((bits & ID) !== 0 && mayHaveTerms(source, start, end)) this.#bits |= NAMED;
    this.#bits |= bits;
  }
}
