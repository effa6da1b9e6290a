import { compilePathPattern, validPathPattern } from "../../http/path-pattern.ts";
import { readings } from "../../http/path-readings.ts";
import { splitTarget, urlOnOrigin } from "../../http/target.ts";

/** A map as written in the rules. */
interface VersionMap {
  readonly from: string;
  readonly to: string;
}

/** A part of a template: text, or the name of a group. */
type TemplatePart = { readonly text: string } | { readonly group: string };

/** The fault of a map, and the key at which it is. */
export function mapFault(
  map: VersionMap,
): { readonly key: "from" | "to"; readonly message: string } | undefined {
  const compiled = compilePathPattern(map.from);
  if ("fault" in compiled) return { key: "from", message: compiled.fault };
  if (!map.to.startsWith("/")) return { key: "to", message: 'a path must begin with "/"' };
  if (map.to.length > 1024) return { key: "to", message: "a path is at most 1024 characters long" };
  const { groups } = compiled.pattern;
  for (const part of parseTemplate(map.to)) {
    if ("text" in part || groups.includes(part.group)) continue;
    return { key: "to", message: `"from" has no group ":${part.group}"` };
  }
  return undefined;
}

/** Compiles maps; the first that matches gives the target, with the page's query if it has none. */
export function compileMaps(maps: readonly VersionMap[]): (page: URL) => string | undefined {
  if (maps.length === 0) return () => undefined;
  const compiled = maps.map(({ from, to }) => ({
    pattern: validPathPattern(from),
    parts: parseTemplate(to),
  }));
  return (page) => {
    const [path, ...others] = readings(page.pathname);
    // A path with two readings matches no map.
    if (path === undefined || others.length > 0) return undefined;
    for (const { pattern, parts } of compiled) {
      if (!pattern.test(path)) continue;
      const groups = pattern.exec(path);
      if (groups === undefined) continue;
      const target = parts
        .map((part) => ("text" in part ? part.text : (groups.get(part.group) ?? "")))
        .join("");
      const query = splitTarget(target).query === "" ? page.search : "";
      const url = urlOnOrigin(target + query, page);
      url.hash = "";
      return url.href;
    }
    return undefined;
  };
}

const GROUP = /^(?:\d{1,4}|[\p{ID_Start}_$][\p{ID_Continue}$]*)/u;

function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = "";
  for (let i = 0; i < template.length; i++) {
    const char = template[i] as string;
    const group = char === ":" ? GROUP.exec(template.slice(i + 1))?.[0] : undefined;
    if (group !== undefined) {
      parts.push({ text }, { group });
      text = "";
      i += group.length;
    } else if (char === "\\" && i + 1 < template.length) {
      text += template[i + 1];
      i += 1;
    } else text += char;
  }
  parts.push({ text });
  return parts;
}
