/** Whether a host name, in lower case and without a final dot, belongs to an operator. */
export type HostMask = (name: string) => boolean;

/**
 * Compiles an entry of the bot table: a suffix ("search.msn.com") matches that name and all names
 * below it; a mask ("crawl-*.googlebot.com") matches label by label, `*` stands for any characters
 * of a label, and a mask that begins with "*." matches names at any depth.
 */
export function compileHostMask(text: string): HostMask {
  const mask = text.toLowerCase().replace(/^\./, "").replace(/\.$/, "");
  if (mask.startsWith("*.")) {
    const below = compileHostMask(mask.slice(2));
    return (name) => {
      for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1)) {
        if (below(name.slice(dot + 1))) return true;
      }
      return false;
    };
  }
  // Whole labels only: "evilgooglebot.com" is not below "googlebot.com".
  if (!mask.includes("*")) return (name) => name === mask || name.endsWith(`.${mask}`);
  const wanted = mask.split(".").map((label) => label.split(/\*+/));
  return (name) => {
    const labels = name.split(".");
    return (
      labels.length === wanted.length &&
      wanted.every((parts, at) => fitsLabel(labels[at] ?? "", parts))
    );
  };
}

/** Whether any of these entries matches. */
export function compileHostMasks(texts: readonly string[]): HostMask {
  const masks = texts.map(compileHostMask);
  return (name) => masks.some((matches) => matches(name));
}

/** Whether a label consists of these parts in order, with any characters between them. */
function fitsLabel(label: string, [first = "", ...rest]: readonly string[]): boolean {
  const last = rest.pop();
  if (last === undefined) return label === first;
  if (!label.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = label.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return label.length - last.length >= at && label.endsWith(last);
}

/** Whether a text is a suffix or a mask whose last two labels are literal. */
export function isHostMask(text: string): boolean {
  const labels = text.replace(/^\./, "").replace(/\.$/, "").split(".");
  if (!labels.every((label) => /^[a-z\d_*-]{1,63}$/i.test(label))) return false;
  return !text.includes("*") || (labels.length > 2 && !labels.slice(-2).join("").includes("*"));
}
