// Sources of a small app in five versions, the same in every run.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The versions of the app. */
export const VERSIONS = [1, 2, 3, 4, 5] as const;
export const ROUTES = ["home", "search", "product", "basket", "account", "help"] as const;
const LIBRARY = [
  "dates",
  "money",
  "forms",
  "store",
  "format",
  "events",
  "lists",
  "charts",
] as const;

const WORDS =
  "order item price total count label value index field entry state event node list query range month share offer stock order refund customer address delivery payment discount summary detail notice filter result".split(
    " ",
  );

/** A generator of numbers below a bound, the same for the same seed. */
function numbers(seed: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (const char of seed) state = Math.imul(state ^ char.charCodeAt(0), 0x01000193);
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

/** A function of a module, in the style of application code. */
function functionText(name: string, seed: string): string {
  const next = numbers(seed);
  const word = () => WORDS[next(WORDS.length)] as string;
  const lines = Array.from({ length: 4 + next(8) }, () => {
    const [a, b] = [word(), word()];
    switch (next(4)) {
      case 0:
        return `  if (input.${a} > ${next(900)}) output.${b} = input.${a} * ${next(90)};`;
      case 1:
        return `  output["${a}-${b}-${next(99)}"] = "The ${a} of this ${b} is ${next(999)} ${word()}s";`;
      case 2:
        return `  for (const ${a} of input.${b}s ?? []) output.${a} = (output.${a} ?? 0) + ${a}.${word()};`;
      default:
        return `  output.${a} = { ${b}: input.${b}, ${word()}: ${next(1000)}, ${word()}: "${word()} ${word()}" };`;
    }
  });
  return `export function ${name}(input) {\n  const output = {};\n${lines.join("\n")}\n  return output;\n}\n`;
}

interface ModuleParts {
  readonly name: string;
  readonly count: number;
  readonly version: number;
  /** Whether this version changes some functions and adds one. */
  readonly edits: (version: number) => boolean;
}

function moduleText({ name, count, version, edits }: ModuleParts): string {
  const parts: string[] = [];
  let added = 0;
  const lastEdit = Array.from({ length: count }, () => 1);
  for (let v = 2; v <= version; v++) {
    if (!edits(v)) continue;
    const next = numbers(`${name} ${v}`);
    for (let i = 0; i < 2; i++) lastEdit[next(count)] = v;
    added++;
  }
  lastEdit.forEach((v, i) => parts.push(functionText(`${name}${i}`, `${name} ${i} ${v}`)));
  for (let i = 0; i < added; i++) parts.push(functionText(`${name}New${i}`, `${name} new ${i}`));
  const all = [
    ...lastEdit.map((_, i) => `${name}${i}`),
    ...Array.from({ length: added }, (_, i) => `${name}New${i}`),
  ];
  return `${parts.join("\n")}\nexport const all = [${all.join(", ")}];\n`;
}

/** The app's files in one version, by path. */
export function sourcesOf(version: number): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  // A dependency is updated once.
  files.set("vendor.js", moduleText({ name: "vendor", count: 90, version, edits: (v) => v === 4 }));
  LIBRARY.forEach((name, i) => {
    const edits = (v: number) => (v + i) % 3 === 0;
    files.set(`lib/${name}.js`, moduleText({ name, count: 10, version, edits }));
  });
  ROUTES.forEach((name, i) => {
    const edits = (v: number) => (v + i) % 2 === 0;
    const own = moduleText({ name, count: 14, version, edits });
    const used = LIBRARY.filter((_, j) => (i + j) % 2 === 0 || j === i);
    const imports = used.map((each) => `import { all as ${each} } from "../lib/${each}.js";`);
    const run = `export const run = (input) => [...all, ${used.map((each) => `...${each}`).join(", ")}].map((one) => one(input));`;
    files.set(`routes/${name}.js`, `${imports.join("\n")}\n${own}\n${run}\n`);
  });
  const routes = ROUTES.map((name) => `  ${name}: () => import("./routes/${name}.js"),`).join("\n");
  const start = `import { all as vendor } from "./vendor.js";
import { all as dates } from "./lib/dates.js";
const routes = {\n${routes}\n};
const version = "2.${version}.0";
globalThis.start = async (name) => [version, vendor.map((one) => one({})), dates.map((one) => one({})), (await routes[name]()).run({})];
globalThis.start(location.pathname.slice(1) || "home");\n`;
  files.set("main.js", start);
  files.set("style.css", styleText(version));
  return files;
}

function styleText(version: number): string {
  const next = numbers("style");
  const rules = Array.from({ length: 200 }, (_, i) => {
    const name = `${WORDS[next(WORDS.length)]}-${WORDS[next(WORDS.length)]}-${i}`;
    return `.${name} { margin: ${next(40)}px; padding: ${next(20)}px; color: #${next(0xffffff).toString(16)}; }`;
  });
  for (let v = 2; v <= version; v++)
    rules.splice((v * 37) % rules.length, 1, `.new-${v} { margin: ${v}px; }`);
  return `${rules.join("\n")}\n`;
}

/** Writes the app's files in place of those of another version. */
export function writeSources(
  folder: string,
  version: number,
  more: ReadonlyMap<string, string> = new Map(),
): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of [...sourcesOf(version), ...more]) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
