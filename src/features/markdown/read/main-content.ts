import type { Tape } from "./tape.ts";

/** Why an element may be the main content, strongest first. */
export type Claim = "selected" | "main" | "article";

/** The part of a page that is converted: what the rule selects, one element, or all of the page. */
export type MainContent = "selected" | number | "page";

/**
 * Characters of prose with which a `<main>` is the main content before the page has ended, and of text
 * with which a whole page is, beside which nothing is left to a script.
 */
const ENOUGH_PROSE = 400;
/** The share of the page's text that a candidate must have. */
const SHARES: Record<Claim, number> = { selected: 0, main: 0.15, article: 0.4 };
/** Candidates that are compared; further ones are not. */
const MOST_CANDIDATES = 2000;

interface Candidate {
  readonly element: number;
  readonly claim: Claim;
}

/** Decides which elements of a page are its main content, as early as that is certain. */
export class MainContentFinder {
  readonly #tape: Tape;
  readonly #wanted: "all" | "main" | "article";
  /** Whether all of the page is read, whatever it has. */
  readonly #isAll: boolean;
  readonly #found: Candidate[] = [];
  /** Those that have not ended, or ended since the last look. */
  #open: Candidate[] = [];
  /** The elements that the rule selects, so far. */
  readonly selected: number[] = [];

  /**
   * @param wanted what the rule counts as content
   * @param selects whether the rule selects elements, which may still come
   */
  constructor(tape: Tape, wanted: "all" | "main" | "article", selects = false) {
    this.#tape = tape;
    this.#wanted = wanted;
    this.#isAll = wanted === "all" && !selects;
  }

  /** Adds a candidate, unless it is inside of another one with the same claim. */
  add(element: number, claim: Claim): void {
    if (this.#found.length >= MOST_CANDIDATES) return;
    const isInside = this.#open.some(
      (other) => other.claim === claim && !this.#tape.isClosed(other.element),
    );
    if (isInside) return;
    const candidate = { element, claim };
    this.#found.push(candidate);
    this.#open.push(candidate);
    if (claim === "selected") this.selected.push(element);
  }

  /** The main content, if no text that follows can change it. */
  early(): MainContent | undefined {
    const tape = this.#tape;
    const open = this.#open;
    if (this.#isAll && tape.allText >= ENOUGH_PROSE) return "page";
    for (const { element, claim } of open) {
      if (claim === "selected" && tape.textOf(element) > 0) return "selected";
      if (claim === "main" && this.#isSure(element)) return element;
    }
    for (const { element } of open) if (tape.isClosed(element)) return this.#dropClosed();
    return undefined;
  }

  #dropClosed(): undefined {
    this.#open = this.#open.filter(({ element }) => !this.#tape.isClosed(element));
    return undefined;
  }

  /** Whether a `<main>` has so much of the text that nothing after it can be the content. */
  #isSure(element: number): boolean {
    if (this.#wanted !== "main" || this.selected.length > 0) return false;
    const prose = this.#tape.proseOf(element);
    return prose >= ENOUGH_PROSE && prose >= this.#tape.allProse * 0.25;
  }

  /** The main content of a page that has ended. */
  atEnd(): MainContent {
    if (this.selected.some((element) => this.#tape.textOf(element) > 0)) return "selected";
    if (this.#wanted === "all") return "page";
    const all = this.#weightOf(this.#tape.allText, this.#tape.allProse);
    const claims = ["main", "article"] as const;
    for (const claim of this.#wanted === "article" ? claims.toReversed() : claims) {
      const [best] = this.#found
        .filter((candidate) => candidate.claim === claim)
        .map(({ element }) => ({ element, weight: this.#weight(element) }))
        .toSorted((a, b) => b.weight - a.weight);
      if (best !== undefined && best.weight > 0 && best.weight >= all * SHARES[claim]) {
        return best.element;
      }
    }
    return "page";
  }

  #weight(element: number): number {
    return this.#weightOf(this.#tape.textOf(element), this.#tape.proseOf(element));
  }

  /** The text of links counts less: menus have much of it. */
  #weightOf(text: number, prose: number): number {
    return prose + (text - prose) * 0.25;
  }
}
