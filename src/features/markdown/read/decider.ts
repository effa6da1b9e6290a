import { HIDES, ID } from "../stream/attribute-names.ts";
import type { Attributes, TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { matchesAny, type Selector } from "../stream/selector.ts";
import { isApart, isDialog, isHidden, isMarkedToIgnore } from "../stream/visibility.ts";
import { firstIn, isInside } from "./around.ts";
import { isOnlyForm } from "./formulas.ts";
import type { CutReason } from "./cuts.ts";
import { showsText } from "./disclosures.ts";
import type { ReaderOptions } from "./reader.ts";
import type { StreamedContent } from "./streamed.ts";
import { NONE, type Tape } from "./tape.ts";
import { visibleText } from "./visible-text.ts";

/** What happens to an element: it is read, it is cut, or that depends on text that follows. */
export type Decision = "read" | "later" | CutReason;

/** Characters of text that make a form content, not controls. */
const FORM_TEXT = 600;
/** Controls whose text is no part of a sentence. */
const CONTROLS = new Set(["select", "datalist", "textarea", "progress", "meter"]);
/** Characters of prose with which an element is read before it has ended, to bound what waits. */
const TOO_MUCH = 65_536;
/** Ids of elements in which a script shows the whole page. */
export const ROOT_ID =
  /^(?:app|root|__next|__nuxt|___gatsby|svelte|main|page|wrapper|site|container)$/i;

/** Decides for each element of a page if it is read. */
export class Decider {
  /** Whether only elements without text are cut: for pages of which too little would be left. */
  isLenient = false;
  /** Whether decisions depend only on what is recorded up to the end of their element. */
  isEarly = false;
  readonly #tape: Tape;
  readonly #ignore: readonly Selector[];
  readonly #keep: readonly Selector[];
  /** Whether landmarks and controls are content, too. */
  readonly #isAll: boolean;
  readonly #hasRules: boolean;
  readonly #streamed: StreamedContent;

  constructor(tape: Tape, streamed: StreamedContent, { ignore, keep, content }: ReaderOptions) {
    this.#tape = tape;
    this.#streamed = streamed;
    this.#ignore = ignore;
    this.#keep = keep;
    this.#isAll = content === "all";
    this.#hasRules = ignore.length > 0 || keep.length > 0;
  }

  /** Whether neither a rule nor the page decides about elements by their names, ids or places. */
  get isQuiet(): boolean {
    return !this.#hasRules && !this.#streamed.hasPlaces;
  }

  /** Whether an element without attributes may be cut. */
  get hasSelectors(): boolean {
    return this.#ignore.length > 0;
  }

  /** Whether nothing that an element says can be a reason to cut it, or to hold it. */
  isSurelyRead(element: number, kind: ElementKind): boolean {
    if (kind.isDoubtful || kind.isCustom || this.#hasRules) return false;
    const tape = this.#tape;
    const bits = tape.bitsOf(element);
    if (bits === 0) return true;
    if ((bits & HIDES) !== 0 || ((bits & ID) !== 0 && this.#streamed.hasPlaces)) return false;
    return !tape.factsOf(element).traitsFor(kind).isFurniture;
  }

  /** Whether an element must not be cut, nor what contains it. */
  holds({ name }: ElementKind, attributes: Attributes): boolean {
    if (this.#streamed.hasPlaces && this.#streamed.isPlace(attributes.get("id") ?? "")) return true;
    return matchesAny(this.#keep, name, attributes);
  }

  /** @param isInCode whether the element is in a code block */
  decide(element: number, attributes: TagAttributes, isInCode: boolean): Decision {
    const kind = this.#tape.kindOf(element);
    if (kind.isInert && !kind.mayShow) {
      if (isTex(kind, attributes)) return "read";
      return CONTROLS.has(kind.name) ? "control" : "inert";
    }
    if (attributes.mayHide && isMarkedToIgnore(attributes)) return "ignored";
    if (matchesAny(this.#ignore, kind.name, attributes)) return "ignored";
    if (matchesAny(this.#keep, kind.name, attributes)) return "read";
    if (kind.role === "button" && isInCode) return "control";
    if (this.isLenient) return "read";
    if (attributes.facts.traitsFor(kind).isFurniture) return "furniture";
    const reason = this.#doubt(element, kind, attributes);
    if (reason === undefined) return "read";
    if (this.#tape.proseOf(element) >= TOO_MUCH) return "read";
    if (!this.#tape.isClosed(element)) return "later";
    return this.#wraps(element, attributes) ? "read" : reason;
  }

  /** Why an element may not be content, by its tag alone. */
  #doubt(element: number, kind: ElementKind, attributes: TagAttributes): CutReason | undefined {
    const tape = this.#tape;
    const { mayHide } = attributes;
    if (mayHide && isHidden(attributes)) {
      if (isOnlyForm(tape, element, attributes)) return undefined;
      const id = attributes.get("id");
      return id !== undefined && this.#streamed.isContent(element, id) ? "moved" : "hidden";
    }
    if (this.#isAll && kind.role !== "button") return undefined;
    if (mayHide && isApart(attributes)) return "landmark";
    if ((mayHide || kind.name === "dialog") && isDialog(kind.name, attributes)) return "dialog";
    switch (kind.role) {
      case "nav":
        return "landmark";
      case "footer":
        return isInside(tape, element, ({ role }) => role === "quote") ? undefined : "landmark";
      case "header":
        return isInSection(tape, element) && firstIn(tape, element, tape.headings) !== undefined
          ? undefined
          : "landmark";
      case "aside":
        return isInSection(tape, element) && attributes.facts.traitsFor(kind).isNote
          ? undefined
          : "landmark";
      case "form":
        return tape.isClosed(element) && tape.textOf(element) >= FORM_TEXT ? undefined : "control";
      case "button":
        return this.#isDisclosure(element, attributes) ? undefined : "control";
      default:
        return undefined;
    }
  }

  /** Whether a button shows and hides text that follows it, and so is its heading. */
  #isDisclosure(element: number, attributes: Attributes): boolean {
    const tape = this.#tape;
    if (isInside(tape, element, ({ role }) => role === "heading")) return true;
    return tape.isClosed(element) && showsText(attributes, visibleText(tape, element));
  }

  /** Whether an element that seems to be apart contains the page, as one that was never closed. */
  #wraps(element: number, attributes: Attributes): boolean {
    const tape = this.#tape;
    const prose = tape.proseOf(element);
    // The same whenever it is asked, since what follows may not be recorded yet.
    const all = this.isEarly ? tape.proseBefore(tape.textAfter(element)) : tape.allProse;
    if (prose === 0 || prose < all * 0.5) return false;
    if (firstIn(tape, element, tape.sections) !== undefined) return true;
    if (firstIn(tape, element, tape.titles) !== undefined) return true;
    if (tape.parentOf(element) === NONE && ROOT_ID.test(attributes.get("id") ?? "")) return true;
    return prose >= all * 0.7 && prose >= 250;
  }
}

function isInSection(tape: Tape, element: number): boolean {
  return isInside(tape, element, (kind) => kind.isSection);
}

/** Whether an element is a formula for MathJax. */
function isTex({ role }: ElementKind, attributes: Attributes): boolean {
  return role === "script" && attributes.get("type")?.startsWith("math/tex") === true;
}
