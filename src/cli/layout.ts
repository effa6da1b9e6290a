import { visible } from "../rules/fault.ts";

/** What every terminal shows in one line. */
export const COLUMNS = 80;

/** How much of a name is put before its text at most; longer ones get a line of their own. */
const WIDEST_LABEL = 20;

type Style = (text: string) => string;

/** Puts colors on words, or leaves them. */
export interface Paint {
  readonly bold: Style;
  readonly dim: Style;
  readonly good: Style;
  readonly bad: Style;
}

/** Colors of a terminal, if it has them. */
export function paintWith(color: boolean): Paint {
  const code = (number: number) => (text: string) =>
    color ? `\u001b[${number}m${text}\u001b[0m` : text;
  return { bold: code(1), dim: code(2), good: code(32), bad: code(31) };
}

/**
 * Breaks a text into lines of at most `width` characters between its words; a word that is longer,
 * such as an address, is broken where it has to be. Control characters are made visible.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of visible(text).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    } else if (line !== "") line += " ";
    line += word;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  return [...lines, line];
}

/**
 * A label with its text beside it, hanging: the text stays in its column.
 *
 * @param at the column where the text begins
 */
export function beside(label: string, text: string, at: number, style: Style = String): string {
  const lines = wrap(text, COLUMNS - at);
  const margin = " ".repeat(at);
  const shown = visible(label);
  const head = style(shown) + " ".repeat(Math.max(0, at - shown.length));
  const [first = "", ...rest] = lines;
  if (shown.length + 1 <= at)
    return [head + first, ...rest.map((line) => margin + line)].join("\n");
  // A label may be a rule's name, of any length.
  const indent = /^ */.exec(label)?.[0] ?? "";
  const labels = wrap(label.trim(), COLUMNS - indent.length).map((line) => indent + style(line));
  return [...labels, ...lines.map((line) => margin + line)].join("\n");
}

/** The column for texts beside these labels. */
export function columnFor(labels: readonly string[]): number {
  const widest = Math.max(0, ...labels.map((label) => visible(label).length));
  return Math.min(widest, WIDEST_LABEL) + 2;
}
