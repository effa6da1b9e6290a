import { TagAttributes } from "../stream/attributes.ts";
import { type MathElement, type Tex } from "../stream/math-pieces.ts";
import { characterOf } from "../stream/math-symbols.ts";
import { combine } from "../stream/math-tex.ts";
import { childrenOf } from "./around.ts";
import type { Tape } from "./tape.ts";
import { visibleText } from "./visible-text.ts";

/** Elements of a drawing that are read. */
const MOST = 5000;
const DEEPEST = 100;
const NAME = "data-mml-node";
const PLACE = "transform";

interface Drawn {
  readonly tex: Tex;
  /** How high it is drawn: scripts above a base are higher than those below it. */
  readonly height: number;
}

/** Reads a formula that MathJax has drawn as SVG, in which groups are named after MathML. */
export class DrawnFormula {
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  #left = MOST;

  constructor(tape: Tape) {
    this.#tape = tape;
    this.#attributes = new TagAttributes(tape.attributes.names);
  }

  /** The TeX of a drawing; empty if it has no character. */
  read(drawing: number): string {
    const part: MathElement = { name: "mrow", attributes: {}, children: [], text: "" };
    this.#readInto(part, [], drawing, 0);
    return combine(part).tex.trim();
  }

  /** Adds what a group shows to a part of a formula. */
  #readInto(part: MathElement, heights: number[], group: number, depth: number): void {
    const tape = this.#tape;
    if (depth > DEEPEST) return;
    for (const child of childrenOf(tape, group)) {
      if (this.#left-- <= 0) return;
      const { name } = tape.kindOf(child);
      const attributes = tape.readAttributes(child, this.#attributes);
      const code = attributes.get("data-c");
      const named = attributes.get(NAME);
      const height = heightOf(attributes.get(PLACE));
      if (name === "text") part.text += visibleText(tape, child);
      else if (name === "path" || name === "use") part.text += characterOf(code ?? "");
      else if (named !== undefined || (name === "g" && isRoot(part))) {
        const drawn = this.#readPart(named ?? "mrow", height, child, depth);
        part.children.push(drawn.tex);
        heights.push(drawn.height);
      } else if (name === "g" || name === "svg") this.#readInto(part, heights, child, depth + 1);
    }
  }

  #readPart(name: string, height: number, group: number, depth: number): Drawn {
    const part: MathElement = { name, attributes: {}, children: [], text: "" };
    const heights: number[] = [];
    this.#readInto(part, heights, group, depth + 1);
    return { tex: combine(inOrder(part, heights)), height };
  }
}

function isRoot({ name }: MathElement): boolean {
  return name === "msqrt" || name === "mroot";
}

/** The parts of an element in the order of MathML: the sign of a root goes, a script below comes first. */
function inOrder(part: MathElement, heights: readonly number[]): MathElement {
  const [a, b, c] = part.children;
  if (isRoot(part)) return { ...part, children: part.children.slice(0, -1) };
  const isSwapped = part.name === "msubsup" || part.name === "munderover";
  if (!isSwapped || a === undefined || b === undefined || c === undefined) return part;
  const isBelowFirst = (heights[1] ?? 0) <= (heights[2] ?? 0);
  return isBelowFirst ? part : { ...part, children: [a, c, b] };
}

function heightOf(place: string | undefined): number {
  const height = /^translate\([-\d.]+, ?(-?[\d.]+)\)/.exec(place?.slice(0, 60) ?? "")?.[1];
  return height === undefined ? 0 : Number(height);
}
