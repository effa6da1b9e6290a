/** The parameters of a query as a guard reads them. */
export interface WaryParameters {
  has(name: string): boolean;
  getAll(name: string): string[];
}

/**
 * Reads a query as programs of all kinds do: ";" separates parameters for some (HTML 4, CGI.pm), ASP.NET
 * ignores letter case in names, and PHP drops spaces before a name, ends it at "[" or a NUL, and
 * reads "." and spaces in it as "_".
 *
 * @param isSameCase whether the origin server may read "A" as "a"
 */
export function waryParameters(query: string, isSameCase: boolean): WaryParameters {
  const fold = (name: string): string => foldName(isSameCase ? name.toLowerCase() : name);
  const byName = new Map<string, string[]>();
  const texts = query.includes(";") ? [query, query.replaceAll(";", "&")] : [query];
  for (const text of texts) {
    for (const [written, value] of new URLSearchParams(text)) {
      const name = fold(written);
      byName.set(name, [...(byName.get(name) ?? []), value]);
    }
  }
  return {
    has: (name) => byName.has(fold(name)),
    getAll: (name) => byName.get(fold(name)) ?? [],
  };
}

function foldName(name: string): string {
  const text = name.replace(/^\s+/, "");
  // A name that begins with "[" has no other form.
  const end = text.slice(1).search(/[[\0]/);
  return (end === -1 ? text : text.slice(0, end + 1)).replaceAll(/[. ]/g, "_");
}
