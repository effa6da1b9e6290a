import type { TagAttributes } from "../stream/attributes.ts";
import { MARK, NONE, OPEN, type Tape } from "./tape.ts";

/** Calls of React's inline scripts that move content: `$RC(place, content)`, `$RS(content, place)`. */
const REACT = /\$R([CRSX])\("([^"\\]{1,60})","([^"\\]{1,60})"/g;
const REACT_PLACE = /^[^\s]{0,30}[BP]:[0-9a-f]+$/;
const REACT_CONTENT = /^[^\s]{0,30}S:[0-9a-f]+$/;
const MARKO_PLACE = /^afph(\w{1,30})$/;
const MARKO_CONTENT = /^af(\w{1,30})$/;
const SOLID_PLACE = /^pl-([\w-]{1,40})$/;

/** Where content that comes later in the page is to be read. */
export interface Moved {
  /** The element whose children are the content. */
  readonly content: number;
  /** The entry at which reading goes on, after the text that stood in for the content. */
  readonly next: number;
}

/**
 * Content that a page sends after its place, as frameworks do that stream: React (`B:`, `P:` and
 * `S:`), Solid (`pl-`), Marko (`afph` and `af`). Their scripts would move it.
 */
export class StreamedContent {
  /** Whether the page may have places for content that comes later. */
  hasPlaces = false;
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  /** Elements that hold content, by id; and by the place that a script named. */
  readonly #contents = new Map<string, number>();
  readonly #byPlace = new Map<string, string>();
  readonly #used = new Set<number>();

  constructor(tape: Tape, attributes: TagAttributes) {
    this.#tape = tape;
    this.#attributes = attributes;
  }

  /** Notes an element that may hold content, or be its place. */
  note(element: number, name: string, attributes: TagAttributes): void {
    const id = attributes.get("id") ?? "";
    if (name === "template" || MARKO_PLACE.test(id)) this.hasPlaces = true;
    const isHeld =
      name === "template"
        ? /^[\w-]{1,40}$/.test(id)
        : REACT_CONTENT.test(id) || (MARKO_CONTENT.test(id) && attributes.has("style"));
    if (isHeld && this.#contents.size < 5000 && !this.#contents.has(id)) {
      this.#contents.set(id, element);
    }
  }

  /** Reads the places of contents from an inline script. */
  script(source: string): void {
    if (!source.includes("$R")) return;
    for (const [, call = "", first = "", second = ""] of source.matchAll(REACT)) {
      const [place, content] = call === "S" ? [second, first] : [first, second];
      if (call !== "X" && this.#byPlace.size < 5000) this.#byPlace.set(place, content);
    }
  }

  /** Whether an id is that of a place for content. */
  isPlace(id: string): boolean {
    return REACT_PLACE.test(id) || MARKO_PLACE.test(id) || SOLID_PLACE.test(id);
  }

  /** Whether an element holds content that is read at its place. */
  isContent(element: number, id: string): boolean {
    return this.#contents.get(id) === element && (REACT_CONTENT.test(id) || MARKO_CONTENT.test(id));
  }

  /**
   * The content for a place. "later" if it may still come; undefined if the element is no place.
   *
   * @param isEnded whether the whole page is recorded
   */
  at(place: number, id: string, isEnded: boolean): Moved | "later" | undefined {
    const marko = MARKO_PLACE.exec(id)?.[1];
    const solid = SOLID_PLACE.exec(id)?.[1];
    const isReact = REACT_PLACE.test(id);
    if (marko === undefined && solid === undefined && !isReact) return undefined;
    let key = this.#byPlace.get(id);
    if (marko !== undefined) key = `af${marko}`;
    else if (solid !== undefined) key = solid;
    else if (isEnded) key ??= id.replace(/[BP]:/, "S:");
    const content = key === undefined ? undefined : this.#contents.get(key);
    if (content === undefined || !this.#tape.isClosed(content)) {
      return isEnded ? undefined : "later";
    }
    if (this.#used.has(content)) return undefined;
    const next = this.#after(place, id);
    if (next === undefined && !isEnded) return "later";
    this.#used.add(content);
    return { content, next: next ?? this.#tape.after(place) };
  }

  /** The entry after the text that stands in for the content at a place. */
  #after(place: number, id: string): number | undefined {
    const tape = this.#tape;
    const after = tape.after(place);
    if (tape.kindOf(place).name !== "template" || /P:/.test(id)) return after;
    const parent = tape.parentOf(place);
    const end = parent === NONE ? tape.length : tape.endOf(parent);
    let depth = 0;
    for (let at = after; at < end;) {
      const entry = tape.entryAt(at);
      at += 1;
      if ((entry & 3) === OPEN) at = tape.after(entry >> 2);
      const comment = (entry & 3) === MARK ? tape.commentOf(entry >> 2) : undefined;
      if (comment === undefined) continue;
      if (comment === id) return at;
      if (comment === "/$" && depth === 0) return at;
      if (comment === "/$") depth -= 1;
      else if (comment.startsWith("$")) depth += 1;
    }
    return undefined;
  }

  /** Whether content that is streamed later belongs in the place of an element. */
  movedTo(element: number, isEnded: boolean): Moved | "later" | undefined {
    const id = this.idOf(element);
    return id === "" ? undefined : this.at(element, id, isEnded);
  }

  /** The id of an element. */
  idOf(element: number): string {
    return this.#tape.readAttributes(element, this.#attributes).get("id") ?? "";
  }
}
