import { SaxesParser } from "saxes";

/** One `<content>` of a license (RSL). */
export interface LicensedContent {
  readonly url: string;
  readonly permits: string[];
  readonly prohibits: string[];
}

/** The vocabulary of RSL 1.0 for the type "usage". */
const USAGES = new Set(["all", "ai-all", "ai-train", "ai-input", "ai-index", "search"]);

/** Reads a license by an independent XML parser; throws if it is not well-formed, or not of RSL. */
export function contentsOf(text: string): LicensedContent[] {
  const parser = new SaxesParser({ xmlns: true });
  const contents: LicensedContent[] = [];
  const path: string[] = [];
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ local, uri, attributes }) => {
    if (uri !== "https://rslstandard.org/rsl") throw new Error(`${local} is of ${uri}`);
    path.push(local);
    if (path.join("/") === "rsl/content") {
      contents.push({ url: attributes["url"]?.value ?? "", permits: [], prohibits: [] });
    }
    if (local === "permits" || local === "prohibits") {
      if (path.join("/") !== `rsl/content/license/${local}`) throw new Error(path.join("/"));
      if (attributes["type"]?.value !== "usage") throw new Error("not about usage");
    }
  });
  parser.on("text", (words) => {
    const list = path.at(-1);
    if (list !== "permits" && list !== "prohibits") return;
    const usages = words.split(",").map((word) => word.trim());
    const unknown = usages.find((usage) => !USAGES.has(usage));
    if (unknown !== undefined) throw new Error(`no usage of RSL: ${unknown}`);
    contents.at(-1)?.[list].push(...usages);
  });
  parser.on("closetag", () => void path.pop());
  parser.write(text).close();
  if (contents.length === 0) throw new Error("no content");
  return contents;
}
