import { visible, type Remark } from "../rules/fault.ts";

/** A kind of remark, and the color that goes with it. */
export type Severity = "fault" | "warning";

const COLORS = { fault: 31, warning: 33 } as const;

/** So much of a long line is shown, in characters. */
const WIDTH = 72;

/**
 * A remark for people: place and message in one line, the line of the file below it, and a caret.
 *
 * @param lines of the file that the remark is about
 */
export function formatRemark(
  severity: Severity,
  file: string,
  { line, column, message }: Remark<string>,
  lines: readonly string[],
  color: boolean,
): string {
  const paint = (code: number, what: string): string =>
    color ? `\u001b[${code}m${what}\u001b[0m` : what;
  const head = `${visible(file)}:${line}:${column}: ${paint(COLORS[severity], severity)}: ${message}`;
  const source = lines[line - 1] ?? "";
  const shown = excerpt(source, column - 1);
  const margin = `${String(line).padStart(4)} | `;
  const caret = " ".repeat(shown.caret) + paint(COLORS[severity], "^");
  return `${head}\n${margin}${shown.text}\n${" ".repeat(margin.length - 2)}| ${caret}\n`;
}

/** The part of a line around an offset, and where in it the caret goes; tabs become spaces. */
function excerpt(line: string, offset: number): { text: string; caret: number } {
  const from = offset < WIDTH - 12 ? 0 : offset - Math.floor(WIDTH / 2);
  const to = from + WIDTH;
  const before = from > 0 ? "…" : "";
  const after = line.length > to ? "…" : "";
  return {
    text: before + plain(line.slice(from, to)) + after,
    caret: (before + plain(line.slice(from, offset))).length,
  };
}

function plain(text: string): string {
  return visible(text.replaceAll("\t", "  "));
}

/** "1 fault", "2 faults". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
