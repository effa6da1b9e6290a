/**
 * For each letter of the alphabet, the letters that often follow it in file names: counted over
 * about 2000 files of npm packages, plus vowels after any consonant.
 */
const FOLLOWERS =
  "bcdefghijklmnoprstuvwxy aeijklnoprstuy acdehiklmoprstuy acdegijlmnorstuvy abcdefghilmnopqrstuvwxy abdefilorstuy acefghilmnorstuyz aeimorstuy abcdefgilmnoprstuvxz aeiosuw aefilnorsuwy abdefiklopstuvy abdeilmoprstuy abcdefgijklmnopstuvwy abcdefghijklmnoprstuvwx abceghilmnoprstuy lu acdefgiklmnoprstuvy abcdefghiklmnopqrstuvwy abcdefghilmnoprstuwy abcdefgilmnoprstux abeilmou acdehiklnorstu acdeimnopstuy abcefgilmnopstu aeilouwz".split(
    " ",
  );

/** Parts of names that are too short to judge by their letters. */
const SHORT = new Set(
  "a b d e g h i k n o p r s t u v w x y id my go to is no on off up in by ok ui js ts db ip tv io es of or at do ie mp md fp rx vm os qr bg fg px en de fr ar nl pt".split(
    " ",
  ),
);

/** A hash of esbuild or Angular: eight characters of base32. */
const ESBUILD = /^[A-Z2-7]{8}$/;

/** The longest hash: SHA-512 in hexadecimal. */
const LONGEST = 128;

/**
 * Whether a run of letters and digits is a hash of content, not a word, a number, or a name with a
 * number. Lower-case letters alone are a word, unless eight or more are all within "a" to "f".
 */
export function looksLikeHash(token: string): boolean {
  if (token.length < 6 || token.length > LONGEST) return false;
  if (!/^[A-Za-z0-9]+$/.test(token) || /^\d+$/.test(token)) return false;
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(token)) return isHexHash(token);
  if (token.length < 8 || /^[a-z]+$/.test(token)) return false;
  return !isName(token);
}

/** Whether a token is a hash in hexadecimal, not a word and a number. */
function isHexHash(token: string): boolean {
  if (token.length < 8) return /^\d+[a-fA-F]+\d|^[a-fA-F]+\d+[a-fA-F]/.test(token);
  return !/^(?:add|bad|bed|cab|dead|deed|dec|decade|fab|face|facade|fade|feb|feed)\d+$/i.test(
    token,
  );
}

/** Whether a token consists of words and numbers: camelCase, SNAKE, `base64`, `GPUError`. */
function isName(token: string): boolean {
  if (ESBUILD.test(token) && /\d/.test(token) && !/^[A-Z]+\d+$/.test(token)) return false;
  const pieces = token.match(/\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  const words = pieces.filter((piece) => !/^\d/.test(piece));
  if (pieces.length - words.length > 2) return false;
  const odd = words.filter((word) => !isWord(word));
  const short = words.filter((word) => word.length < 3);
  if (odd.length === 0 && short.length < 2 && words.length > short.length) return true;
  // An abbreviation beside a plain word: "jQueryUI", "k8sDashboard", "GPUError".
  return (
    words.some((word) => word.length > 4 && isPlain(word)) && odd.every((word) => word.length < 5)
  );
}

function isWord(piece: string): boolean {
  if (piece.length < 3) return SHORT.has(piece.toLowerCase());
  const isStrict = piece.length < 6 || ESBUILD.test(piece);
  return oddPairs(piece) <= (isStrict ? 0 : 1);
}

function isPlain(word: string): boolean {
  return /^[A-Z]?[a-z]+$/.test(word) && oddPairs(word) === 0;
}

/** Counts letters that rarely follow the letter before them. */
function oddPairs(piece: string): number {
  const word = piece.toLowerCase();
  let odd = 0;
  for (let i = 1; i < word.length; i++) {
    const follows = FOLLOWERS[word.charCodeAt(i - 1) - 97] ?? "";
    if (!follows.includes(word[i] as string)) odd++;
  }
  return odd;
}

/** The length of hashes of Vite and Rollup, in base64url. */
const ROLLUP = 8;

/** The start of a base64url hash with "-" and "_" at the end of a text, if there is one. */
export function hashWithDashes(text: string): number | undefined {
  const from = text.length - ROLLUP;
  if (from < 2 || !/[-_.]/.test(text[from - 1] as string)) return undefined;
  const tail = text.slice(from);
  return isMixed(tail) ? from : undefined;
}

/** Whether a segment is a base64url identifier, such as a build ID of Next.js. */
export function isLongMixed(segment: string): boolean {
  return segment.length >= 16 && segment.length <= 64 && isMixed(segment);
}

function isMixed(text: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || !/[-_]/.test(text)) return false;
  if (!/[A-Z]/.test(text) || !/[a-z]/.test(text)) return false;
  const pieces = text.split(/[-_]/).filter((piece) => piece !== "");
  // All parts of "H2-Title" are readable.
  return !pieces.every((piece) => isReadable(piece));
}

function isReadable(piece: string): boolean {
  return /^(?:\d+|[a-z]{2,}\d*|[a-zA-Z]\d{0,3})$/.test(piece) || isName(piece);
}
