import { DOUBLE_QUOTE, EQUALS, GREATER, isSpace, SINGLE_QUOTE, SLASH } from "./characters.ts";

/** Gets an attribute's name, and its value without quotes. Return true to end the visit. */
export type AttributeVisitor = (
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
) => boolean | void;

/**
 * Visits the raw attributes of a tag as a {@link TokenEvents.open} gives them (HTML §13.2.5.32 to
 * §13.2.5.40): names as written, values without quotes, references not decoded, repeated ones too.
 */
export function eachAttribute(
  source: string,
  start: number,
  end: number,
  visit: AttributeVisitor,
): void {
  for (let i = start; ;) {
    while (i < end && isBetween(source.charCodeAt(i))) i++;
    if (i >= end) return;
    const nameStart = i;
    const nameEnd = endOfName(source, i, end);
    let valueStart = nameEnd;
    let valueEnd = nameEnd;
    i = pastSpaces(source, nameEnd, end);
    if (i < end && source.charCodeAt(i) === EQUALS) {
      i = pastSpaces(source, i + 1, end);
      const quote = source.charCodeAt(i);
      const isQuoted = i < end && (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE);
      valueStart = isQuoted ? i + 1 : i;
      valueEnd = isQuoted
        ? endOfQuoted(source, valueStart, end, quote)
        : endOfUnquoted(source, i, end);
      i = isQuoted ? valueEnd + 1 : valueEnd;
    }
    if (visit(nameStart, nameEnd, valueStart, valueEnd) === true) return;
  }
}

/**
 * The raw value of an attribute; "" if it has none, undefined if there is no such attribute. Of two with
 * one name the first counts (HTML §13.2.5.33).
 * @param name in lower case
 */
export function findAttribute(
  source: string,
  start: number,
  end: number,
  name: string,
): string | undefined {
  if (start >= end) return undefined;
  let found: string | undefined;
  eachAttribute(source, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    if (!isNameAt(source, nameStart, nameEnd, name)) return false;
    found = source.slice(valueStart, valueEnd);
    return true;
  });
  return found;
}

/** Whether a part of a text is a name, in any case of ASCII letters. */
export function isNameAt(source: string, start: number, end: number, name: string): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    const code = source.charCodeAt(start + i);
    const lower = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
    if (lower !== name.charCodeAt(i)) return false;
  }
  return true;
}

function isBetween(code: number): boolean {
  return code === SLASH || isSpace(code);
}

/** An equals sign is a part of a name that it begins. */
function endOfName(source: string, start: number, end: number): number {
  let i = start + 1;
  for (; i < end; i++) {
    const code = source.charCodeAt(i);
    if (code <= GREATER && (code === EQUALS || code === SLASH || isSpace(code))) break;
  }
  return i;
}

function pastSpaces(source: string, start: number, end: number): number {
  let i = start;
  while (i < end && isSpace(source.charCodeAt(i))) i++;
  return i;
}

function endOfQuoted(source: string, start: number, end: number, quote: number): number {
  const found = source.indexOf(quote === DOUBLE_QUOTE ? '"' : "'", start);
  return found < 0 || found > end ? end : found;
}

function endOfUnquoted(source: string, start: number, end: number): number {
  let i = start;
  while (i < end && !isSpace(source.charCodeAt(i))) i++;
  return i;
}
