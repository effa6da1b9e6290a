/** Numbers separated by dots, perhaps with a prerelease: 1.2.3, v2.0, 3.0.0-rc.1. */
const NUMBERED =
  /(?<![0-9a-z])v?\d+(?:\.\d+){1,3}(?:-(?:alpha|beta|canary|dev|next|pre|rc)(?:[.-]?\d+)*)?(?![0-9a-z])/gi;

/** The hash that bundlers write after the last dash, in base64url: app-DiwrgT_a.js. */
const BEHIND_DASH = /(?<=[0-9a-z]-)[\w-]{8}(?=(?:\.[a-z][0-9a-z]{0,7}){1,3}$)/i;

/** Letters and digits between delimiters. */
const WORD = /[0-9a-z]+/gi;

/**
 * Replaces each version part of a path (a hash, a version, a build number) by a star, the same for
 * all versions of a file: `assets/app-4f2a91c0.min.js` becomes `assets/app-*.min.js`.
 */
export function withoutVersion(path: string): string {
  return path
    .split("/")
    .map((part) =>
      part
        .replace(BEHIND_DASH, (word) => (looksMixed(word) ? "*" : word))
        .replace(NUMBERED, "*")
        .replace(WORD, (word) => (isVersion(word) ? "*" : word)),
    )
    .join("/");
}

function isVersion(word: string): boolean {
  if (/^(?:v|r|build)?\d+$/i.test(word)) return true;
  if (/^[0-9a-f]{6,64}$/i.test(word)) return /\d/.test(word) && /[a-f]/i.test(word);
  return word.length >= 8 && word.length <= 64 && /\d/.test(word) && looksMixed(word);
}

/** Whether letters are mixed as in no word: with digits, or capitals after small letters. */
function looksMixed(word: string): boolean {
  return /\d[a-z]|\d\D*\d/i.test(word) || /[a-z].*[A-Z]/.test(word) || /^[A-Z2-7]{8}$/.test(word);
}
