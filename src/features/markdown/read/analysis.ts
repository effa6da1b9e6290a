import { NAMED, SCHEMA } from "../stream/attribute-names.ts";
import type { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { Beside } from "./beside.ts";
import { decideByName } from "./boilerplate.ts";
import type { CutReason } from "./cuts.ts";
import type { Decider } from "./decider.ts";
import { Measures, type Root } from "./measures.ts";
import { NONE, type Tape } from "./tape.ts";
import type { Term } from "./terms.ts";
import { termsOfElement } from "./vocabulary.ts";

/** Elements of a page that is analysed; larger ones are read without. */
const MOST_ELEMENTS = 16_000;
/** The least share of prose that names leave. */
const LEAST_SHARE = 0.15;
/** Characters of prose from which it is known where the prose of a page is, before its end. */
const ENOUGH_PROSE = 2000;
/** The decision about an element that was looked at. */
const READ = 1;
const CUT = 2;

/** Finds boilerplate in the main content of a page, from all that is recorded so far. */
export class Analysis {
  /** Prose in what was cut as boilerplate. */
  cutProse = 0;
  /** The entry up to which no text that follows changes a decision. */
  readonly certain: number;
  readonly #tape: Tape;
  readonly #decider: Decider;
  readonly #attributes: TagAttributes;
  readonly #measures: Measures;
  /** The elements that are cut. */
  #marks = new Map<number, CutReason>();
  readonly #terms = new Map<number, readonly Term[]>();
  /** Whether an element was looked at, and cut. */
  readonly #seen: Uint8Array;
  #doubtful: number;
  /** The article with the most prose, and that prose. */
  #article = NONE;
  #most = 0;
  /** Elements with terms that have ended, and the prose before them. */
  readonly #named: number[] = [];
  readonly #before: number[] = [];

  /**
   * @param root the main content, or `NONE` for the page
   * @param isEnded whether the root is recorded as a whole
   */
  constructor(
    tape: Tape,
    decider: Decider,
    attributes: TagAttributes,
    root: number,
    isEnded: boolean,
  ) {
    this.#tape = tape;
    this.#decider = decider;
    this.#attributes = attributes;
    const range = rangeOf(tape, root);
    this.#doubtful = range.end;
    this.#seen = new Uint8Array(tape.elementCount);
    this.#measures = new Measures(tape, range, attributes);
    this.#decideAlone();
    this.#decideByNames();
    if (isEnded || this.#measures.proseOf(root) >= ENOUGH_PROSE) {
      new Beside(tape, this.#measures, this.#isCut, this.#cut).run(this.#article);
    }
    for (const element of this.#marks.keys()) this.#seen[element] = CUT;
    this.certain = isEnded ? Infinity : Math.min(this.#doubtful, this.#measures.proseEnd);
  }

  /** Whether a page is small enough. */
  static fits(tape: Tape): boolean {
    return tape.elementCount <= MOST_ELEMENTS;
  }

  /** The decision about an element; undefined if it was not looked at. */
  decisionOf(element: number): CutReason | "read" | undefined {
    const seen = this.#seen[element];
    if (seen === CUT) return this.#marks.get(element);
    return seen === READ ? "read" : undefined;
  }

  readonly #isCut = (element: number): boolean => this.#marks.has(element);

  #cut = (element: number, reason: CutReason): void => {
    this.cutProse += this.#tape.proseOf(element);
    this.#marks.set(element, reason);
  };

  /** Cuts elements that are no content by their own tags, and finds the names of the others. */
  #decideAlone(): void {
    const [tape, decider, measures] = [this.#tape, this.#decider, this.#measures];
    let contentEnd = 0;
    measures.run({
      enter: (element, kind) => {
        this.#seen[element] = READ;
        const isContent = element < contentEnd;
        if (kind.isText && !isContent) contentEnd = tape.elementAfter(element);
        if (decider.isSurelyRead(element, kind)) {
          if (!isContent && this.#mayBeNamed(element)) {
            tape.readAttributes(element, this.#attributes);
            this.#findTerms(element, kind);
          }
          return "read";
        }
        const attributes = tape.readAttributes(element, this.#attributes);
        if (decider.holds(kind, attributes)) return "held";
        const decision = decider.decide(element, attributes, measures.isInCode);
        if (decision === "later") this.#doubt(element);
        else if (decision !== "read") {
          this.#marks.set(element, decision);
          return "cut";
        }
        if (!isContent) this.#findTerms(element, kind);
        return "read";
      },
      leave: this.#noteArticle,
    });
  }

  /** Remembers the article with the most prose. */
  #noteArticle = (element: number, { name }: ElementKind): void => {
    if (name !== "article" || this.#measures.proseOf(element) <= this.#most) return;
    this.#most = this.#measures.proseOf(element);
    this.#article = element;
  };

  #mayBeNamed(element: number): boolean {
    const bits = this.#tape.bitsOf(element);
    if (bits === 0) return false;
    return (bits & (NAMED | SCHEMA)) !== 0 || this.#tape.factsOf(element).terms.length > 0;
  }

  #findTerms(element: number, kind: ElementKind): void {
    const terms = termsOfElement(kind, this.#attributes);
    if (terms.length === 0) return;
    this.#terms.set(element, terms);
    if (!this.#tape.isClosed(element)) this.#doubt(element);
    else {
      this.#named.push(element);
      this.#before.push(this.#measures.proseSoFar);
    }
  }

  #doubt(element: number): void {
    this.#doubtful = Math.min(this.#doubtful, this.#tape.startOf(element));
  }

  /** Cuts what names say; nothing, if that would leave too little, as of a page of comments. */
  #decideByNames(): void {
    const { root, textOf, proseOf } = this.#measures;
    const [text, prose] = [textOf(root.element), proseOf(root.element)];
    if (!this.#cutsByNames(text, prose)) return;
    const before = new Map(this.#marks);
    this.#measureWithNames(text, prose);
    if (proseOf(root.element) >= prose * LEAST_SHARE) return;
    this.#marks = before;
    this.#terms.clear();
    this.cutProse = 0;
    this.#measureWithNames(text, prose);
  }

  /** Whether names cut any element; as long as they don't, all measures stay as they are. */
  #cutsByNames(text: number, prose: number): boolean {
    const [tape, measures] = [this.#tape, this.#measures];
    let beforeComments: number | undefined;
    return this.#named.some((element, i) => {
      const before = this.#before[i] as number;
      const terms = this.#terms.get(element) ?? [];
      if (measures.proseOf(element) > 0 && terms.some(isOfComments)) beforeComments ??= before;
      const page = { text, prose, before, beforeComments: beforeComments ?? before };
      return decideByName(element, tape.kindOf(element), terms, measures, page) !== undefined;
    });
  }

  #measureWithNames(text: number, prose: number): void {
    const [tape, measures] = [this.#tape, this.#measures];
    const cut = this.#marks;
    let beforeComments: number | undefined;
    this.#article = NONE;
    this.#most = 0;
    measures.run({
      enter: (element, kind) => {
        if (cut.has(element)) return "cut";
        const terms = this.#terms.get(element);
        const isHeld = measures.isHeld(element);
        if (terms !== undefined && tape.isClosed(element)) {
          const before = measures.proseSoFar;
          if (measures.proseOf(element) > 0 && terms.some(isOfComments)) beforeComments ??= before;
          const page = { text, prose, before, beforeComments: beforeComments ?? before };
          const reason = decideByName(element, kind, terms, measures, page);
          if (reason !== undefined) {
            this.#cut(element, reason);
            return "cut";
          }
        }
        return isHeld ? "held" : "read";
      },
      leave: this.#noteArticle,
    });
  }
}

function isOfComments({ reason }: Term): boolean {
  return reason === "comments";
}

function rangeOf(tape: Tape, root: number): Root {
  if (root === NONE) return { element: NONE, start: 0, end: tape.length };
  return { element: root, start: tape.startOf(root) + 1, end: tape.endOf(root) };
}
