/** What stands for a value that is not shown. */
export const HIDDEN = "…";

/**
 * A text with the values of query parameters hidden, and those of path parameters (";jsessionid="):
 * nobody can tell which of them are secret. Their names stay.
 */
export function hideValues(text: string): string {
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
