import { childrenOf } from "./around.ts";
import type { CutReason } from "./cuts.ts";
import type { Measures } from "./measures.ts";
import { NONE, type Tape } from "./tape.ts";

/** Characters of prose below which a page is too short to find links beside the text. */
const LEAST_PROSE = 800;
/** The share of prose of the element in which reading goes on. */
const CONCENTRATED = 0.75;
/** The share of an article's prose with which all around it is beside it. */
const ARTICLE = 0.7;
/** The share of links from which text without sentences is a list of links. */
const LINKED = 0.4;
const SHORT = 60;

/** Elements that may be cut, and through which the way to the prose leads. */
const JUDGED = new Set("div section article aside form ul ol header center td span a".split(" "));
const WRAPPERS = new Set(
  "div section article aside form center span main td tr tbody table header".split(" "),
);
const CONTENT = new Set("p pre table dl blockquote figure math details".split(" "));

type Cut = (element: number, reason: CutReason) => void;

/** Cuts what lies beside the way from the root of a page to its prose, and lists of teasers. */
export class Beside {
  readonly #tape: Tape;
  readonly #measures: Measures;
  readonly #isCut: (element: number) => boolean;
  readonly #cut: Cut;

  constructor(tape: Tape, measures: Measures, isCut: (element: number) => boolean, cut: Cut) {
    this.#tape = tape;
    this.#measures = measures;
    this.#isCut = isCut;
    this.#cut = cut;
  }

  /** @param article the article with the most prose, or `NONE` */
  run(article: number): void {
    const { root, proseOf } = this.#measures;
    const isAll = article !== NONE && proseOf(article) > proseOf(root.element) * ARTICLE;
    const top = isAll && article !== root.element ? article : root.element;
    if (top !== root.element) this.#cutAround(top);
    if (proseOf(top) > LEAST_PROSE) this.#descend(top);
    this.#cutTeasers(top);
  }

  #children(element: number): number[] {
    return [...childrenOf(this.#tape, element)].filter(
      (child) => !this.#isCut(child) && this.#measures.textOf(child) > 0,
    );
  }

  /** Cuts all around an article but the page's title. */
  #cutAround(article: number): void {
    const { root, textOf, titlesOf, isHeld } = this.#measures;
    for (let on = article; on !== root.element; on = this.#tape.parentOf(on)) {
      for (const child of this.#children(this.#tape.parentOf(on))) {
        const isTitle = titlesOf(child) > 0 && titlesOf(article) === 0 && textOf(child) < 400;
        if (child === on || (isTitle && child < on) || isHeld(child)) continue;
        this.#cut(child, "beside");
      }
    }
  }

  /** Follows the element with nearly all of the prose, as long as it lies in wrappers. */
  #descend(top: number): void {
    const { proseOf } = this.#measures;
    for (let at = top; ;) {
      const children = this.#children(at);
      const best = children.reduce((a, b) => (a === NONE || proseOf(b) > proseOf(a) ? b : a), NONE);
      if (best === NONE || proseOf(best) === 0) return;
      const isConcentrated = proseOf(best) >= proseOf(at) * CONCENTRATED;
      const isWay = isConcentrated && WRAPPERS.has(this.#nameOf(best));
      if (!isWay || children.some((child) => this.#isText(child))) {
        this.#cutAfter(children, top);
        return;
      }
      for (const child of children) {
        if (child !== best && this.#isBeside(child, best)) this.#cut(child, "beside");
      }
      at = best;
    }
  }

  #nameOf(element: number): string {
    return this.#tape.kindOf(element).name;
  }

  /** Whether an element shows that text and not wrappers is at its level. */
  #isText(element: number): boolean {
    const kind = this.#tape.kindOf(element);
    if (kind.role === "heading") return kind.level > 1;
    const { textOf, linkedOf } = this.#measures;
    return CONTENT.has(kind.name) && textOf(element) - linkedOf(element) > 40;
  }

  #isBeside(element: number, best: number): boolean {
    const measures = this.#measures;
    if (!JUDGED.has(this.#nameOf(element)) || measures.isHeld(element)) return false;
    if (measures.titlesOf(element) > 0 && element < best) return false;
    if (measures.structuresOf(element) > 0) return false;
    const linked = measures.linkedShareOf(element);
    if (measures.textOf(element) < SHORT)
      return measures.headingsOf(element) === 0 || linked >= 0.2;
    return linked >= LINKED;
  }

  /** Cuts lists of links after the last text. */
  #cutAfter(children: readonly number[], top: number): void {
    const measures = this.#measures;
    const { textOf, proseOf, structuresOf } = measures;
    const last = children.findLastIndex(
      (child) => proseOf(child) > 0 || structuresOf(child) > 0 || CONTENT.has(this.#nameOf(child)),
    );
    for (const child of children.slice(last + 1)) {
      const mayCut = JUDGED.has(this.#nameOf(child)) && !measures.isHeld(child);
      const isLarge = textOf(child) > textOf(top) * 0.3;
      if (!mayCut || isLarge || measures.titlesOf(child) > 0) continue;
      if (measures.linkedShareOf(child) >= LINKED) this.#cut(child, "beside");
    }
  }

  /** Cuts lists of linked headings, if enough prose is outside of them. */
  #cutTeasers(top: number): void {
    const measures = this.#measures;
    const { proseOf, headingsOf, linkedHeadingsOf } = measures;
    const all = proseOf(top);
    const waiting = [top];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (linkedHeadingsOf(at) < 3) continue;
      const others = all - proseOf(at);
      const isList =
        at !== top &&
        JUDGED.has(this.#nameOf(at)) &&
        linkedHeadingsOf(at) >= headingsOf(at) * 0.6 &&
        measures.titlesOf(at) === 0 &&
        measures.structuresOf(at) === 0 &&
        !measures.isHeld(at);
      if (isList && others > 500 && others > proseOf(at) * 0.3) this.#cut(at, "related");
      else for (const child of this.#children(at)) waiting.push(child);
    }
  }
}
