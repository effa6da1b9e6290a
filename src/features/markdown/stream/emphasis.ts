import { endsInUrl } from "./bare-url.ts";
import { classOf, isLetterLike, lastCharacter } from "./characters.ts";
import { type Ended, MARKERS } from "./format.ts";
import { Growing } from "./growing.ts";

/** Opening marks that stand right before emphasis, by the closing mark at its end. */
const PAIRS = new Map(
  [
    "()",
    "（）",
    "“”",
    "‘’",
    "「」",
    "『』",
    "《》",
    "〈〉",
    "【】",
    "〔〕",
    "［］",
    "«»",
    "„“",
    `""`,
  ].map(([open = "", close = ""]) => [close, open]),
);

const SENTENCE_END = /^[.,:;!?\u2026。，、；：！？]+$/;
/** Letters and digits; the markup of an image has some in its address. */
const WORDS = /[\p{L}\p{N}]/u;

/** Emphasised text, and what is written before and after its markers instead of inside. */
interface Trimmed {
  readonly lead: string;
  readonly inner: Growing;
  readonly moved: string;
  /** Whether `moved` is markup: a link, an image, code. */
  readonly isPiece: boolean;
}

/** What is still to be written after emphasis. */
interface Rest {
  readonly moved: string;
  readonly isPiece: boolean;
  readonly endsInUrl: boolean;
}

/** Writes emphasis to the text around it. @param isJoined whether a letter or other emphasis follows */
export function finishEmphasis(outer: Growing, ended: Ended, isJoined: boolean): Rest {
  return finish(outer, ended, isJoined, isJoined && isMixed(ended));
}

/** Whether emphasis and deletions end together: between a marker and a letter another is none. */
function isMixed(ended: Ended): boolean {
  let isDeletion = false;
  let isOther = false;
  for (let at: Ended | undefined = ended; at !== undefined; at = at.pending) {
    if (at.kind === "del") isDeletion = true;
    else isOther = true;
  }
  return isDeletion && isOther;
}

function finish(outer: Growing, ended: Ended, isJoined: boolean, isMixed: boolean): Rest {
  const marker = isMixed && ended.kind !== "del" ? "" : MARKERS[ended.kind];
  if (ended.pending === undefined) {
    const isUrl = endsInUrl(ended.inner);
    const trimmed = isUrl ? undefined : trimmedEnd(ended, isJoined, marker);
    const { inner = ended.inner, lead = "", moved = "", isPiece = false } = trimmed ?? {};
    if (inner.isEmpty) return { moved: ended.gap + moved, isPiece, endsInUrl: false };
    outer.emphasize(ended.gap + lead, marker, inner);
    return { moved, isPiece, endsInUrl: isUrl };
  }
  const rest = finish(ended.inner, ended.pending, isJoined, isMixed);
  if (ended.inner.isEmpty) return { ...rest, moved: ended.gap + rest.moved };
  outer.emphasize(ended.gap, marker, ended.inner);
  return rest;
}

function trimmedEnd(ended: Ended, isJoined: boolean, marker: string): Trimmed | undefined {
  const { last } = ended.inner;
  const isApart = isJoined && classOf(last, last.length - 1) === "punctuation";
  return isApart || closesPair(ended.inner, ended.opening)
    ? trimEnd(ended.inner, marker)
    : undefined;
}

/**
 * Moves what ends with punctuation out of emphasis, since a marker between punctuation and a letter
 * would not be one (CommonMark §6.2): `**中文**。后` for `<b>中文。</b>后`.
 */
function trimEnd(inner: Growing, marker: string): Trimmed {
  const text = inner.toString();
  const piece = inner.lastPiece;
  if (piece !== undefined) {
    const markup = text.slice(piece.start);
    const [start, end] = piece.inside ?? [0, 0];
    const moved =
      piece.inside === undefined
        ? markup
        : markup.slice(0, start) + marker + markup.slice(start, end) + marker + markup.slice(end);
    return split(text, piece.start, moved, true);
  }
  let at = text.length - lastCharacter(text).length;
  // Marks at the end of a sentence stay together.
  if (SENTENCE_END.test(text.slice(at))) {
    while (at > 0 && SENTENCE_END.test(text.charAt(at - 1))) at -= 1;
  }
  return split(text, withBackslash(text, at), text.slice(withBackslash(text, at)), false);
}

/** Where a character starts, with the backslash that escapes it. */
function withBackslash(text: string, index: number): number {
  let at = index;
  while (at > 0 && text.charCodeAt(at - 1) === 92) at -= 1;
  return (index - at) % 2 === 1 ? index - 1 : index;
}

function split(text: string, end: number, moved: string, isPiece: boolean): Trimmed {
  let at = end;
  while (at > 0 && classOf(text, at - 1) === "space") at -= 1;
  // A backslash at the end of a line is the line break.
  if (at < end) at = withBackslash(text, at);
  if (!isPiece && (!WORDS.test(text) || isBesideSymbol(text, at))) {
    return { lead: "", inner: new Growing(), moved: text, isPiece };
  }
  const opening = isPiece ? undefined : PAIRS.get(moved);
  const isPair = opening !== undefined && text.startsWith(opening) && at > opening.length;
  const inner = new Growing();
  inner.append(text.slice(isPair ? opening.length : 0, at));
  // After a marker it might be one, too.
  const rest = moved === "_" ? "\\_" : moved;
  return { lead: isPair ? opening : "", inner, moved: text.slice(at, end) + rest, isPiece };
}

/** Whether a symbol that may count as a letter follows punctuation. */
function isBesideSymbol(text: string, index: number): boolean {
  return isLetterLike(text, index) && index > 0 && classOf(text, index - 1) === "punctuation";
}

/** Whether a text ends with the mark that closes one which stands before its emphasis. */
function closesPair(inner: Growing, opening: string): boolean {
  return (
    opening !== "" && inner.lastPiece === undefined && PAIRS.get(inner.last.slice(-1)) === opening
  );
}
