import { foldCase, withoutSegmentEnds } from "./fold-path.ts";
import { mergeSlashes, resolveDots, slashed } from "./dot-segments.ts";

// Origin servers compare paths more leniently than byte by byte: databases by a collation, file
// systems by a normal form, frameworks after they have trimmed or parsed a segment.

/**
 * Folds decoded text as the most lenient of these do: compatible forms, characters that are not
 * visible, decimal digits of any script, and, if letters are, marks.
 *
 * @param isSameCase whether the origin server may read "/A" as "/a"
 */
export function lenientText(decoded: string, isSameCase: boolean): string {
  const text = readUtf16(decoded)
    .normalize("NFKD")
    .replaceAll(INVISIBLE, "")
    .replaceAll(SPACE, " ")
    .replaceAll(DIGIT, asciiDigit)
    .replaceAll(/[\u2044\u2215\u29f8]/g, "/")
    .replaceAll("\u2216", "\\");
  if (!isSameCase) return text;
  return foldCase(text.replaceAll(MARKS, "")).replaceAll(
    STROKED,
    (char) => UNSTROKED[char] ?? char,
  );
}

/**
 * The structure of a path that lenient folding or trimming may have given it. Programs that parse a
 * decoded path, such as Apache's mod_rewrite, end it at "?" or "#".
 */
export function lenientForms(folded: string): readonly string[] {
  const trimmed = withoutSegmentEnds(folded.replaceAll(/\/ +/g, "/").replaceAll(STREAM, ""));
  const end = folded.search(/[?#]/);
  const cut = end === -1 ? [] : [folded.slice(0, end) || "/"];
  return [folded, trimmed, resolveDots(mergeSlashes(slashed(folded))), ...cut];
}

/** The stream of a file or folder on NTFS, as in "/page.html::$DATA". */
const STREAM = /:[^/:]{0,255}:\$[a-z_]+(?=\/|$)/gi;

/** Escapes of bytes that are not UTF-8: some servers drop them, others read ISO 8859-1. */
export function strayReadings(decoded: string): readonly string[] {
  if (!STRAY.test(decoded)) return [];
  return [decoded.replaceAll(STRAYS, ""), decoded.replaceAll(STRAYS, asLatin1)];
}

function asLatin1(escape: string): string {
  return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
}

const STRAY = /%[89A-F][0-9A-F]/i;
const STRAYS = /%[89A-F][0-9A-F]/gi;

/** Reads `%uXXXX`, as IIS does. */
function readUtf16(text: string): string {
  if (!text.includes("%")) return text;
  return text.replaceAll(/%u([0-9A-F]{4})/gi, (_escape, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/**
 * Characters that collations (UTS #10) and HFS+ ignore: soft hyphens, zero-width characters, controls.
 * URL parsers drop tabs and line ends.
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu;
const SPACE = /\s/g;

/** Marks, except on letters of scripts in which they make another letter. */
const MARKS = /(?<=[\p{sc=Latin}\p{sc=Greek}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Common}])\p{M}+/gu;

/** Letters with strokes, and ligatures, which no normal form decomposes. */
const UNSTROKED: Readonly<Record<string, string>> = {
  æ: "ae",
  œ: "oe",
  ð: "d",
  đ: "d",
  ħ: "h",
  ł: "l",
  ø: "o",
};
const STROKED = /[æœðđħłø]/g;

const DIGIT = /(?![0-9])\p{Nd}/gu;
const IS_DIGIT = /^\p{Nd}$/u;

/** The value of a decimal digit of any script, by its place in the run of ten. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) as number;
  let value = 0;
  while (value < 9 && IS_DIGIT.test(String.fromCodePoint(code - value - 1))) value++;
  return String(value);
}
