import type { Attributes } from "./attributes.ts";
import type { ElementKind } from "./elements.ts";
import { matchesAny, type Selector } from "./selector.ts";

/** Characters of text with which an element is the main content. */
const ENOUGH_TEXT = 300;
/** The share of all text that a main element with fewer characters must have. */
const ENOUGH_SHARE = 0.25;
/** The most markdown before the main content is decided. */
const MOST_UNSETTLED = 262_144;

type CandidateKind = "selected" | "main" | "article";
interface Candidate {
  readonly kind: CandidateKind;
  readonly start: number;
  readonly textBefore: number;
  end: number;
  text: number;
}

/** Decides which part of the page is the main content, as early as possible. */
export class Selection {
  readonly #selectors: readonly Selector[];
  #open: Candidate[] = [];
  readonly #closed = new Map<CandidateKind, Candidate>();
  #articles = 0;
  #settled: "no" | CandidateKind | "body" = "no";
  #settledOpen: Candidate | undefined;

  constructor(selectors: readonly Selector[]) {
    this.#selectors = selectors;
  }

  get isSettled(): boolean {
    return this.#settled !== "no";
  }

  /** Whether the rest of the page can't be main content. */
  get isOver(): boolean {
    const isSingle = this.#settled === "main" || this.#settled === "article";
    return isSingle && this.#settledOpen === undefined;
  }

  /** Whether the position is in the main content, or that is not decided. */
  get isInside(): boolean {
    return this.#settled === "no" || this.#settled === "body" || this.#settledOpen !== undefined;
  }

  candidateKind(kind: ElementKind, attributes: Attributes): CandidateKind | undefined {
    if (this.#settled === "body" || this.#settledOpen !== undefined) return undefined;
    const found = this.#kindOf(kind, attributes);
    return this.#open.some((open) => open.kind === found) ? undefined : found;
  }

  #kindOf({ name }: ElementKind, attributes: Attributes): CandidateKind | undefined {
    if (matchesAny(this.#selectors, name, attributes)) return "selected";
    if (this.#settled !== "no") return undefined;
    if (name === "main" || (attributes.mayHide && attributes.get("role") === "main")) return "main";
    return name === "article" ? "article" : undefined;
  }

  /** Starts a candidate at a length of the output and an amount of text. */
  start(kind: CandidateKind, length: number, text: number): void {
    const candidate = { kind, start: length, textBefore: text, end: -1, text: 0 };
    if (kind === "article") this.#articles += 1;
    if (this.#settled === "selected") {
      this.#settledOpen = candidate;
      return;
    }
    this.#open.push(candidate);
  }

  end(kind: CandidateKind, length: number, text: number): void {
    if (this.#settledOpen?.kind === kind && this.isSettled) {
      this.#settledOpen = undefined;
      return;
    }
    const index = this.#open.findLastIndex((candidate) => candidate.kind === kind);
    const candidate = this.#open[index];
    if (candidate === undefined) return;
    this.#open.splice(index, 1);
    candidate.end = length;
    candidate.text = text - candidate.textBefore;
    // Of several candidates, only the one with the most text can be chosen.
    const best = this.#closed.get(kind);
    if (best === undefined || best.text < candidate.text) this.#closed.set(kind, candidate);
  }

  /** The start of the main content in the output; undefined until it is decided. */
  settle(length: number, text: number): number | undefined {
    const sure = this.#open.find(
      ({ kind, textBefore }) =>
        (kind === "main" && this.#selectors.length === 0 && text - textBefore >= ENOUGH_TEXT) ||
        (kind === "selected" && text > textBefore),
    );
    if (sure !== undefined) return this.#settleOn(sure);
    if (length < MOST_UNSETTLED) return undefined;
    const [article] = this.#open;
    if (article?.kind === "article" && this.#articles === 1) return this.#settleOn(article);
    this.#settled = "body";
    return 0;
  }

  #settleOn(candidate: Candidate): number {
    this.#settled = candidate.kind;
    this.#settledOpen = candidate;
    this.#open = [];
    return candidate.start;
  }

  /** Ends the search after the main content was chosen. */
  close(): void {
    this.#settled = "body";
  }

  /** Chooses the part of the output to send, if the page ends undecided. */
  choose(length: number, text: number): { start: number; end: number } {
    const candidates = [
      ...this.#closed.values(),
      ...this.#open.map((open) => ({ ...open, end: length, text: text - open.textBefore })),
    ];
    for (const kind of ["selected", "main", "article"] as const) {
      if (kind === "article" && this.#articles !== 1) continue;
      const [best] = candidates
        .filter((candidate) => candidate.kind === kind)
        .sort((a, b) => b.text - a.text);
      if (best === undefined || best.text === 0) continue;
      if (kind === "selected" || best.text >= ENOUGH_TEXT || best.text >= text * ENOUGH_SHARE)
        return best;
    }
    return { start: 0, end: length };
  }
}
