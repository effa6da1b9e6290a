import { visible } from "../rules/fault.ts";

/** Columns of a terminal. */
export const COLUMNS = 80;

/** Columns of a label beside its text, at most; longer labels get a line of their own. */
const WIDEST_LABEL = 20;

type Style = (text: string) => string;

/** The styles of a terminal; without color, they change nothing. */
export function paintWith(color: boolean) {
  const code =
    (number: number): Style =>
    (text) =>
      color ? `\u001b[${number}m${text}\u001b[0m` : text;
  return { bold: code(1), dim: code(2), good: code(32), bad: code(31), doubtful: code(33) };
}

export type Paint = ReturnType<typeof paintWith>;

/**
 * Breaks a text into lines of at most `width` characters, between words; a longer word, such as a
 * URL, is broken inside. Makes control characters visible.
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
 * Formats a label with a text beside it, whose lines all begin at the same column.
 *
 * @param at the column at which the text begins
 */
export function beside(label: string, text: string, at: number, style: Style = String): string {
  const lines = wrap(text, COLUMNS - at);
  const margin = " ".repeat(at);
  const shown = visible(label);
  const head = style(shown) + " ".repeat(Math.max(0, at - shown.length));
  const [first = "", ...rest] = lines;
  if (shown.length + 1 <= at)
    return [head + first, ...rest.map((line) => margin + line)].join("\n");
  // A label can be a rule's name, of any length.
  const indent = /^ */.exec(label)?.[0] ?? "";
  const labels = wrap(label.trim(), COLUMNS - indent.length).map((line) => indent + style(line));
  return [...labels, ...lines.map((line) => margin + line)].join("\n");
}

/** The column at which the texts beside these labels begin. */
export function columnFor(labels: readonly string[]): number {
  const widest = Math.max(0, ...labels.map((label) => visible(label).length));
  return Math.min(widest, WIDEST_LABEL) + 2;
}
