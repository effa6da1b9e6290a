import { eachAttribute } from "../../../html/attributes.ts";
import { decodeAttribute } from "../../../html/references.ts";
import { type ClassFacts, factsOfString } from "../read/class-facts.ts";
import type { Tape } from "../read/tape.ts";
import { AttributeList, ONE } from "./attribute-list.ts";
import { type AttributeNames, HIDES, ID, isOwn, SCHEMA } from "./attribute-names.ts";

/** The attributes of an element. */
export interface Attributes {
  readonly isEmpty: boolean;
  /** Whether an attribute may hide the element, or say that it is not content. */
  readonly mayHide: boolean;
  /** The facts of the class. */
  readonly facts: ClassFacts;
  /** The value of an attribute; the first if it is repeated, as in HTML. */
  get(name: string): string | undefined;
  has(name: string): boolean;
  /** All attributes, also those that the converter does not know. */
  entries(): Iterable<readonly [name: string, value: string]>;
}

/** Attributes that the reader gives to an element that the page does not have. */
export class GivenAttributes implements Attributes {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: Iterable<readonly [name: string, value: string]>) {
    this.#values = new Map(values);
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  get mayHide(): boolean {
    return true;
  }

  get facts(): ClassFacts {
    return factsOfString(this.#values.get("class") ?? "");
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  entries(): Iterable<readonly [string, string]> {
    return this.#values;
  }
}

/** The attributes of a start tag, read when they are wanted; reused for each tag. */
export class TagAttributes implements Attributes {
  readonly #names: AttributeNames;
  /** Of tags that are not on a tape. */
  #own: AttributeList | undefined;
  #list: AttributeList | undefined;
  #first = 0;
  #count = 0;
  #bits = 0;
  #facts: ClassFacts | undefined;
  #tape: Tape | undefined;
  #element = 0;
  #source = "";
  #start = 0;
  #end = 0;
  #isRead = true;
  /** Values that were read, as bits of their numbers. */
  #known = 0;
  readonly #values: string[] = [];

  constructor(names: AttributeNames) {
    this.#names = names;
  }

  /** Takes the attributes of another tag, which are in a part of a text. */
  set(source: string, start: number, end: number): this {
    this.#tape = undefined;
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#isRead = false;
    return this;
  }

  /** Takes those of an element of a tape. */
  setElement(tape: Tape, element: number, source: string, start: number, end: number): this {
    this.set(source, start, end);
    this.#tape = tape;
    this.#element = element;
    return this;
  }

  get mayHide(): boolean {
    if (!this.#isRead) this.#read();
    return (this.#bits & HIDES) !== 0;
  }

  /** Whether other attributes than the class may say what the element is. */
  get mayBeNamed(): boolean {
    if (!this.#isRead) this.#read();
    return (this.#bits & (ID | SCHEMA)) !== 0;
  }

  get isEmpty(): boolean {
    if (!this.#isRead) this.#read();
    return this.#count === 0;
  }

  get facts(): ClassFacts {
    if (!this.#isRead) this.#read();
    return this.#facts as ClassFacts;
  }

  get(name: string): string | undefined {
    const index = this.#indexOf(name);
    return index < 0 ? undefined : this.#valueAt(index);
  }

  has(name: string): boolean {
    return this.#indexOf(name) >= 0;
  }

  #indexOf(name: string): number {
    if (!this.#isRead) this.#read();
    const list = this.#list as AttributeList;
    const end = this.#first + this.#count;
    for (let i = this.#first; i < end; i++) if (list.nameOf(i) === name) return i - this.#first;
    return -1;
  }

  entries(): Iterable<readonly [string, string]> {
    const all = new Map<string, string>();
    const source = this.#source;
    eachAttribute(source, this.#start, this.#end, (nameStart, nameEnd, start, end) => {
      const name = source.slice(nameStart, nameEnd).toLowerCase();
      if (all.has(name) || isOwn(name)) return;
      all.set(name, decodeAttribute(source.slice(start, end)));
    });
    return all;
  }

  #valueAt(index: number): string {
    const bit = index < 31 ? 1 << index : 0;
    if ((this.#known & bit) !== 0) return this.#values[index] as string;
    const list = this.#list as AttributeList;
    const at = this.#first + index;
    const value = decodeAttribute(this.#source.slice(list.startOf(at), list.endOf(at)));
    this.#known |= bit;
    this.#values[index] = value;
    return value;
  }

  #read(): void {
    this.#isRead = true;
    this.#known = 0;
    const tape = this.#tape;
    let read: number;
    if (tape === undefined) {
      const list = (this.#own ??= new AttributeList(this.#names));
      list.clear();
      read = list.read(this.#source, this.#start, this.#end);
      this.#first = 0;
      this.#facts = list.facts;
      this.#list = list;
    } else {
      read = tape.bitsOf(this.#element);
      this.#first = tape.firstAttributeOf(this.#element);
      this.#facts = tape.factsOf(this.#element);
      this.#list = tape.attributes;
    }
    this.#bits = read & (ONE - 1);
    this.#count = read >> 8;
  }
}
