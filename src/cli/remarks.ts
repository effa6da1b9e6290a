import { visible, type Remark } from "../rules/fault.ts";
import { COLUMNS, paintWith } from "./layout.ts";

/** The kind of a remark. */
export type Severity = "fault" | "warning" | "note";

const STYLE = { fault: "bad", warning: "doubtful", note: "dim" } as const;

/**
 * Formats a remark for people: place and message, then the line of the file with a caret.
 *
 * @param lines those of the file
 */
export function formatRemark(
  severity: Severity,
  file: string,
  { line, column, message }: Remark<string>,
  lines: readonly string[],
  color: boolean,
): string {
  const paint = paintWith(color)[STYLE[severity]];
  const place = `${visible(file)}:${line}:${column}: `;
  const head = wrap(`${place}${severity}: ${message}`);
  const painted = head.slice(0, place.length) + head.slice(place.length).replace(severity, paint);
  const margin = `${String(line).padStart(4)} | `;
  const shown = excerpt(lines[line - 1] ?? "", column - 1, COLUMNS - margin.length);
  const caret = " ".repeat(shown.caret) + paint("^");
  return `${painted}\n${margin}${shown.text}\n${" ".repeat(margin.length - 2)}| ${caret}\n`;
}

/** Breaks a line between words at the terminal's edge. */
export function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && widthOf(`${line} ${word}`) > COLUMNS) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

/** The part of a line around an offset that fits, and the caret's column in it. */
function excerpt(line: string, offset: number, room: number): { text: string; caret: number } {
  const before = plain(line.slice(0, offset));
  const after = plain(line.slice(offset));
  if (widthOf(before) + widthOf(after) <= room) {
    return { text: before + after, caret: widthOf(before) };
  }
  // The text after the offset is more useful than the text before it.
  const left = cut(before, Math.max(room - 1 - widthOf(after), Math.floor(room / 3)), "end");
  const right = cut(after, room - widthOf(left), "start");
  return { text: left + right, caret: widthOf(left) };
}

/** The part of a text that fits, from its start or its end, with "…" for the omitted rest. */
function cut(text: string, room: number, keep: "start" | "end"): string {
  if (widthOf(text) <= room) return text;
  const chars = Array.from(text);
  if (keep === "end") chars.reverse();
  let width = 1;
  const shown = chars.slice(
    0,
    chars.findIndex((char) => (width += widthOf(char)) > room),
  );
  return keep === "end" ? `…${shown.toReversed().join("")}` : `${shown.join("")}…`;
}

function plain(text: string): string {
  return visible(text.replaceAll("\t", "  "));
}

/** Columns of a text: two for each East Asian character or emoji, none for combining marks. */
function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += WIDE.test(char) ? 2 : /\p{M}/u.test(char) ? 0 : 1;
  return width;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u;

/** "1 fault", "2 faults". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
