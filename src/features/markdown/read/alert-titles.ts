import type { Attributes, TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { type AlertType, alertOfWord, isPlainTitle } from "./alerts.ts";
import { childrenOf, firstIn } from "./around.ts";
import type { Meaning } from "./meanings.ts";
import { BLOCK, NOTHING, type Reading, SPAN, STRONG } from "./reading.ts";
import { NONE, OPEN, TEXT, type Tape } from "./tape.ts";
import { visibleText } from "./visible-text.ts";

/** One admonition of a page. */
export interface Alert {
  readonly type: AlertType;
  /** Its title, or the word for its type, or `NONE`; and whether that says more than the type. */
  readonly title: number;
  readonly isOwnTitle: boolean;
  /** Whether it begins with its title or with the word for its type. */
  readonly isNamed: boolean;
  /** Elements that only place its content, and those that show its icon. */
  readonly frames: readonly number[];
  readonly icons: readonly number[];
}

const TITLE = /(?:[Tt]itle|[Hh]eading|[Hh]eader|[Ll]abel|[Cc]aption)(?:$|[\s_-]|[A-Z])/;
const MARKER = /(?:^|[\s_-])(?:title|marker|label|head|admonition-title)(?:$|[\s_-])/;
const ICON = /(?:^|[\s_-])icon(?:$|[\s_-])/;
/** Children of an alert that may be its title. */
const MOST_CHILDREN = 6;
const LONGEST_WORD = 24;
/** Entries of the tape before the first text of an alert. */
const MOST_ENTRIES = 200;
const FRAMES = new Set(["table", "section", "row", "cell"]);
const MOST_FRAMES = 12;

/** Whether an element of a kind is an alert by what its class means. */
export function mayBeAlert(kind: ElementKind, meaning: Meaning, attributes: Attributes): boolean {
  if (meaning.is !== "alert") return false;
  if (meaning.by === "attribute" && !attributes.has("data-callout")) return false;
  const isBlock = kind.role === "block" || kind.role === "aside" || kind.role === "quote";
  if (kind.name === "details") return meaning.by !== "box";
  return isBlock && meaning.by !== "rare-word";
}

/** Reads an admonition whose end is recorded. @param given what its attributes say of its type */
export function readAlert(
  tape: Tape,
  alert: number,
  type: AlertType,
  attributes: TagAttributes,
): Alert {
  const frames: number[] = [];
  const icons: number[] = [];
  const content = readFrames(tape, alert, attributes, frames, icons);
  let title = titleOf(tape, content, type, attributes);
  if (title !== NONE) {
    const isOwnTitle = !isPlainTitle(visibleText(tape, title), type);
    return { type, title, isOwnTitle, isNamed: true, frames, icons };
  }
  const word = leadingWord(tape, content, type, attributes);
  // A colon after the word would be left alone.
  title =
    word === NONE || /^[\s\u00a0]*[:.,\u2013\u2014-]/.test(textAfter(tape, word)) ? NONE : word;
  return { type, title, isOwnTitle: false, isNamed: word !== NONE, frames, icons };
}

/** Finds the table around an alert's content, as Asciidoctor writes it. @returns the content */
function readFrames(
  tape: Tape,
  alert: number,
  attributes: TagAttributes,
  frames: number[],
  icons: number[],
): number {
  const after = Math.min(tape.elementAfter(alert), alert + MOST_FRAMES);
  for (let element = alert + 1; element < after; element++) {
    const { role } = tape.kindOf(element);
    if (!FRAMES.has(role)) break;
    const isCell = role === "cell";
    if (isCell && ICON.test(tape.readAttributes(element, attributes).get("class") ?? "")) {
      icons.push(element);
      element = tape.elementAfter(element) - 1;
      continue;
    }
    frames.push(element);
    if (isCell) return element;
  }
  frames.length = 0;
  icons.length = 0;
  return alert;
}

function titleOf(tape: Tape, alert: number, type: AlertType, attributes: TagAttributes): number {
  let count = 0;
  for (const child of childrenOf(tape, alert)) {
    count += 1;
    if (count > MOST_CHILDREN) break;
    if (tape.textOf(child) === 0) continue;
    const className = tape.readAttributes(child, attributes).get("class") ?? "";
    const { role } = tape.kindOf(child);
    if (role === "summary" || TITLE.test(className)) return child;
    const isWord = role === "paragraph" && tape.textOf(child) <= LONGEST_WORD;
    return isWord && isPlainTitle(visibleText(tape, child), type) ? child : NONE;
  }
  return NONE;
}

/** The bold word at the start of an alert that names its type; else `NONE`. */
function leadingWord(
  tape: Tape,
  alert: number,
  type: AlertType,
  attributes: TagAttributes,
): number {
  const start = tape.startOf(alert) + 1;
  const end = Math.min(tape.endOf(alert), start + MOST_ENTRIES);
  let innermost = NONE;
  for (let at = start; at < end; at++) {
    const entry = tape.entryAt(at);
    const number = entry >> 2;
    if ((entry & 3) === OPEN) {
      if (tape.kindOf(number).isInert) at = tape.endOf(number);
      else innermost = number;
    } else if (
      (entry & 3) === TEXT &&
      tape.visibleBefore(number + 1) > tape.visibleBefore(number)
    ) {
      break;
    }
  }
  if (innermost === NONE || !tape.isClosed(innermost)) return NONE;
  if (tape.textOf(innermost) > LONGEST_WORD) return NONE;
  const { name, role } = tape.kindOf(innermost);
  const className = tape.readAttributes(innermost, attributes).get("class") ?? "";
  const isBold = name === "strong" || name === "b" || MARKER.test(className);
  if (!isBold || (role !== "format" && role !== "inline" && role !== "paragraph")) return NONE;
  if (alertOfWord(visibleText(tape, innermost).replace(/\s*[:.!]?$/, "")) !== type) return NONE;
  if (!isPlainTitle(visibleText(tape, innermost), type)) return NONE;
  return innermost;
}

/** The start of the text after an element. */
function textAfter(tape: Tape, element: number): string {
  const next = tape.textAfter(element);
  if (next >= tape.textCount) return "";
  const { source, start, end } = tape.readText(next, { source: "", start: 0, end: 0 });
  return source.slice(start, Math.min(end, start + 8));
}

/** How the parts of an alert are read. */
export function partsOfAlert(tape: Tape, alert: Alert): (readonly [number, Reading])[] {
  const { frames, icons, title } = alert;
  const parts: (readonly [number, Reading])[] = frames.map((frame) => [frame, BLOCK]);
  for (const icon of icons) parts.push([icon, NOTHING]);
  if (title === NONE) return parts;
  parts.push([title, alert.isOwnTitle ? STRONG : NOTHING]);
  const heading = firstIn(tape, title, tape.headings);
  if (heading !== undefined) parts.push([heading, SPAN]);
  return parts;
}
