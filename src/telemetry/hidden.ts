/** Replaces a value that is not shown. */
export const HIDDEN = "…";

/** Hides the values of query and path parameters (";jsessionid="), any of which may be secret. */
export function hideValues(text: string): string {
  // Most texts have neither, and every feature of every request has some.
  if (!text.includes("?") && !text.includes(";")) return text;
  return text
    .replaceAll(/\?[^\s#"<>]+/g, (query) => {
      const members = query.slice(1).split("&");
      return `?${members.map((member) => hideValue(member)).join("&")}`;
    })
    .replaceAll(/(;[^\s;=/?#"<>]+)=[^\s;/?#"<>,]*/g, `$1=${HIDDEN}`);
}

function hideValue(member: string): string {
  const equals = member.indexOf("=");
  return equals === -1 ? HIDDEN : `${member.slice(0, equals)}=${HIDDEN}`;
}

/** Characters of a path that are processed, at most; a log line has fewer. */
const LONGEST_PATH = 2048;

/** The path of a request target of any form, without query and values of path parameters. */
export function hiddenPath(target: string): string {
  const path = target.slice(0, Math.min(endOfPath(target), LONGEST_PATH + 1));
  const shown = path.startsWith("/") ? path : hideUserInfo(path);
  return shown.includes(";") ? hideValues(shown) : shown;
}

function endOfPath(target: string): number {
  const query = target.indexOf("?");
  const fragment = target.indexOf("#");
  if (query === -1) return fragment === -1 ? target.length : fragment;
  return fragment === -1 ? query : Math.min(query, fragment);
}

/** Hides the text between "//" and "@", which may be a password. */
function hideUserInfo(text: string): string {
  return text.replaceAll(/\/\/[^\s/?#@]{1,512}@/g, `//${HIDDEN}@`);
}

/** Hides possible secrets in the URLs of any text, e.g. an error's message. */
export function hideSecrets(text: string): string {
  // A runtime's message about an invalid field contains the field's value.
  const plain = text.replaceAll(/"[^"]{0,8192}"(?= is an invalid)/g, `"${HIDDEN}"`);
  return hideUserInfo(hideValues(plain));
}
