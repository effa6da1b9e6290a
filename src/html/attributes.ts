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
  for (let i = pastSeparators(source, start, end); i < end; i = pastSeparators(source, i, end)) {
    const nameStart = i;
    const nameEnd = endOfName(source, i, end);
    const at = valueAt(source, nameEnd, end);
    const isQuoted = at >= 0 && at < end && isQuote(source.charCodeAt(at));
    const valueStart = at < 0 ? nameEnd : at + (isQuoted ? 1 : 0);
    const valueEnd = at < 0 ? nameEnd : endOfValue(source, at, end);
    i = valueEnd + (isQuoted ? 1 : 0);
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
  for (let i = pastSeparators(source, start, end); i < end; i = pastSeparators(source, i, end)) {
    const nameEnd = endOfName(source, i, end);
    const at = valueAt(source, nameEnd, end);
    const isFound = isNameAt(source, i, nameEnd, name);
    if (at < 0) {
      if (isFound) return "";
      i = nameEnd;
      continue;
    }
    const quote = at < end && isQuote(source.charCodeAt(at)) ? 1 : 0;
    const valueEnd = endOfValue(source, at, end);
    if (isFound) return source.slice(at + quote, valueEnd);
    i = valueEnd + quote;
  }
  return undefined;
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

/** The begin of the next name. */
function pastSeparators(source: string, start: number, end: number): number {
  let i = start;
  for (; i < end; i++) {
    const code = source.charCodeAt(i);
    if (code !== SLASH && !isSpace(code)) break;
  }
  return i;
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

/** The position behind a name's equals sign and white space, which may be the end; -1 if it has no value. */
function valueAt(source: string, nameEnd: number, end: number): number {
  const i = pastSpaces(source, nameEnd, end);
  if (i >= end || source.charCodeAt(i) !== EQUALS) return -1;
  return pastSpaces(source, i + 1, end);
}

function pastSpaces(source: string, start: number, end: number): number {
  let i = start;
  while (i < end && isSpace(source.charCodeAt(i))) i++;
  return i;
}

function isQuote(code: number): boolean {
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
}

/** The end of a value, before its quote if it has one. */
function endOfValue(source: string, at: number, end: number): number {
  const code = source.charCodeAt(at);
  if (isQuote(code)) {
    const found = source.indexOf(code === DOUBLE_QUOTE ? '"' : "'", at + 1);
    return found < 0 || found > end ? end : found;
  }
  let i = at;
  while (i < end && !isSpace(source.charCodeAt(i))) i++;
  return i;
}
