/** A key of an object in a source file, with the doc comment directly before it. */
export interface CommentedKey {
  /** The constant that holds it, the keys around it, and the key itself. */
  readonly path: readonly string[];
  readonly text: string;
  /** The text of `@default`. */
  readonly standard?: string;
  /** The value of `@example`, as JSON. */
  readonly example?: string;
}

const TOKEN =
  /(\/\*\*[\s\S]*?\*\/)|\/\*[\s\S]*?\*\/|\/\/[^\n]*|("(?:[^"\\\n]|\\.)*"|[\w$]+)\s*(:(?!:))?|`(?:[^`\\]|\\.)*`|(?<=[(,=:!&|?{};]\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*|[{}()[\],;]/g;

/** Finds the commented keys of the objects that a source writes down, whatever calls they stand in. */
export function commentedKeys(code: string): CommentedKey[] {
  const found: CommentedKey[] = [];
  /** The open brackets, each with the key before it. */
  const open: { bracket: string; key: string | undefined }[] = [{ bracket: "", key: undefined }];
  let comment: string | undefined;
  for (const [token, doc, word, colon] of code.matchAll(TOKEN)) {
    const here = open.at(-1);
    if (here === undefined) break;
    if (doc !== undefined) {
      comment = doc;
      continue;
    }
    const name = word?.replaceAll('"', "");
    if (name !== undefined && here.bracket === "" && colon === undefined) {
      // Of `export const name = …` it is the name that counts.
      if (name !== "export" && name !== "const") here.key ??= name;
    }
    if (name !== undefined && colon !== undefined && here.bracket === "{") {
      here.key = name;
      const around = open.flatMap(({ key }) => (key === undefined ? [] : [key]));
      if (comment !== undefined) found.push({ path: around, ...partsOf(comment) });
    }
    if ("{([".includes(token)) open.push({ bracket: token, key: undefined });
    if ("})]".includes(token)) open.pop();
    if (token === "," && here.bracket === "{") here.key = undefined;
    if (token === ";" && here.bracket === "") here.key = undefined;
    if (name !== "export" && name !== "const") comment = undefined;
  }
  return found;
}

function partsOf(comment: string): Omit<CommentedKey, "path"> {
  const plain = comment
    .slice(3, -2)
    .replaceAll(/\n\s*\*/g, " ")
    .replaceAll(/\s+/g, " ");
  const [text = "", ...tags] = plain.split(/ (?=@default |@example )/);
  const tag = (name: string): string | undefined =>
    tags
      .find((each) => each.startsWith(name))
      ?.slice(name.length)
      .trim();
  const [standard, example] = [tag("@default "), tag("@example ")];
  return {
    text: text.trim(),
    ...(standard === undefined ? {} : { standard }),
    ...(example === undefined ? {} : { example }),
  };
}
