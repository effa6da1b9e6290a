import type { CommentedKey } from "./commented-keys.ts";
import type { JsonSchema, Notes } from "./doc-comments.ts";
import { HEAD, MODES } from "./rules-page-text.ts";

/** The parts of a JSON Schema that the page shows. */
interface Shown extends JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  properties?: Record<string, Shown>;
  items?: Shown;
  anyOf?: Shown[];
}

/** Longer lists of words go below the table. */
const FEW_WORDS = 4;

/** Writes the reference page of the rules file from its schema and the notes on its keys. */
export function writeRulesPage(schema: JsonSchema, notes: Notes): string {
  const root = schema as Shown;
  const { paths, agents, defaults, rules, ...top } = root.properties ?? {};
  const rule = rules?.items;
  const features = Object.entries(defaults?.properties ?? {}).filter(
    ([, { deprecated }]) => deprecated !== true,
  );
  const names = new Set(Object.keys(defaults?.properties ?? {}));
  const own = Object.entries(rule?.properties ?? {}).filter(([key]) => !names.has(key));
  const main = { ...root, properties: { ...top, ...present({ paths, agents, defaults, rules }) } };
  const page = [
    HEAD,
    section(2, "Top level", ...tables(main, notes, "", 0)),
    ...["timeouts", "health", "telemetry", "admin"].map((key) =>
      section(3, `\`${key}\``, ...inner(top[key], notes, key, 4)),
    ),
    section(2, "A rule", RULE),
    ...tables({ ...rule, properties: Object.fromEntries(own) }, notes, "", 3),
    section(2, "Features", MODES),
    ...features.map(([feature, shape]) =>
      section(3, `\`${feature}\``, shape.description ?? "", ...inner(shape, notes, feature, 4)),
    ),
    section(2, "Paths", paths?.description ?? "", ...inner(paths, notes, "paths", 3)),
    section(2, "Agents", agents?.description ?? "", ...inner(agents, notes, "agents", 3)),
  ];
  return `${page.join("\n\n")}\n`;
}

function section(level: number, title: string, ...parts: string[]): string {
  return [`${"#".repeat(level)} ${title}`, ...parts].join("\n\n");
}

function present(shapes: Record<string, Shown | undefined>): Record<string, Shown> {
  const found = Object.entries(shapes).filter(
    (entry): entry is [string, Shown] => entry[1] !== undefined,
  );
  return Object.fromEntries(found);
}

const RULE =
  "A rule has a name and conditions, and mentions the [features](#features) that it decides.";

/** The tables of all objects in a shape, without a heading for the first. */
function inner(shape: Shown | undefined, notes: Notes, path: string, level: number): string[] {
  return objectsOf(shape).flatMap((object) => tables(object, notes, path, level));
}

/** A table of an object's keys, and those of the objects in it, each under a heading of its own. */
function tables(object: Shown, notes: Notes, path: string, level: number): string[] {
  const rows = Object.entries(object.properties ?? {});
  const head = ["key", "meaning", "value", "default", "example"];
  const lines = rows.map(([key, shape]) => {
    const note = notes.get(shape);
    const isRequired = object.required?.includes(key) === true;
    return [
      `\`${key}\``,
      escape(shape.description ?? ""),
      escape(valueOf(shape)),
      escape(isRequired ? "required" : standardOf(shape, note)),
      escape(exampleOf(key, shape, note)),
    ];
  });
  const words = rows.flatMap(([key, shape]) => wordsOf(key, shape));
  const below =
    level === 0
      ? []
      : rows.flatMap(([key, shape]) =>
          nested(shape, notes, path === "" ? key : `${path}.${key}`, level),
        );
  return [toTable([head, ...lines]), ...words, ...below];
}

function nested(shape: Shown | undefined, notes: Notes, path: string, level: number): string[] {
  const found = inner(shape, notes, path, level);
  return found.length === 0 ? [] : [`${"#".repeat(level)} \`${path}\``, ...found];
}

/** The objects that may stand somewhere: in a choice, or in a list. */
function objectsOf(shape: Shown | undefined): Shown[] {
  if (shape === undefined) return [];
  const { properties, anyOf = [], items } = shape;
  return [
    ...(properties === undefined ? [] : [shape]),
    ...anyOf.flatMap(objectsOf),
    ...objectsOf(items),
  ];
}

function valueOf(shape: Shown): string {
  const { anyOf, type, items, minimum, maximum, maxLength } = shape;
  if (anyOf !== undefined) {
    const [first, second] = anyOf;
    const isOneOrMore =
      anyOf.length === 2 && second?.type === "array" && first?.type === second.items?.type;
    if (isOneOrMore && first !== undefined) return `${valueOf(first)}, or a list of them`;
    return [...new Set(anyOf.map(valueOf))].join(" or ");
  }
  if (shape.const !== undefined) return code(shape.const);
  if (shape.enum !== undefined) {
    return shape.enum.length > FEW_WORDS
      ? "a word of those below"
      : shape.enum.map(code).join(", ");
  }
  switch (type) {
    case "boolean":
      return "`true`, `false`";
    case "integer":
    case "number":
      return minimum === undefined
        ? "a number"
        : `${type === "integer" ? "a whole number" : "a number"}, ${minimum} to ${maximum}`;
    case "array":
      return `a list: ${items === undefined ? "any" : valueOf(items)}`;
    case "object":
      return "an object, see below";
    default:
      return maxLength === undefined ? "text" : `text, ${maxLength} characters at most`;
  }
}

/** Long lists of words, as a line of their own. */
function wordsOf(key: string, shape: Shown): string[] {
  const all = [shape, shape.items, ...(shape.anyOf ?? [])].flatMap((each) => each?.enum ?? []);
  const words = [...new Set(all)];
  return words.length > FEW_WORDS ? [`Values of \`${key}\`: ${words.map(code).join(", ")}.`] : [];
}

function standardOf(shape: Shown, note: CommentedKey | undefined): string {
  const said = note?.standard;
  if (said !== undefined) {
    const [, json = "", rest = ""] =
      /^("[^"]*"|\[.*\]|\d+|true|false)(?=$|[,:])(.*)$/.exec(said) ?? [];
    return json === "" ? said : `\`${json}\`${rest}`;
  }
  const { default: value } = shape;
  if (value === undefined) return "any";
  return typeof value === "object" && Object.keys(value ?? {}).length === 0
    ? "as below"
    : code(value);
}

/** The value as spelt in a file; if possible, one that differs from the default. */
function exampleOf(key: string, shape: Shown, note: CommentedKey | undefined): string {
  const value = note?.example ?? derived(shape);
  return value === undefined ? "" : `\`"${key}": ${value}\``;
}

function derived(shape: Shown): string | undefined {
  const { type, anyOf = [], default: standard } = shape;
  if (anyOf.some((each) => each.type === "boolean") || type === "boolean") {
    return String(standard === false || standard === undefined);
  }
  const other = shape.enum?.find((each) => each !== standard);
  if (other !== undefined) return JSON.stringify(other);
  if (standard !== undefined) {
    return typeof standard === "object" ? undefined : JSON.stringify(standard);
  }
  return shape.minimum === undefined ? undefined : String(shape.minimum);
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Columns in line, as the formatter has it. */
function toTable([head = [], ...lines]: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) =>
    Math.max(3, ...[head, ...lines].map((cells) => Array.from(cells[i] ?? "").length)),
  );
  const row = (cells: readonly string[], fill = " "): string =>
    `| ${widths.map((width, i) => (cells[i] ?? "") + fill.repeat(width - Array.from(cells[i] ?? "").length)).join(" | ")} |`;
  return [row(head), row([], "-"), ...lines.map((cells) => row(cells))].join("\n");
}
