import * as v from "valibot";
import { isOrigin } from "../http/target.ts";
import { quote } from "./fault.ts";
import { ORIGIN_REFERENCE } from "./origin-schema.ts";
import { didYouMean } from "./suggest.ts";

/** The parts of a rules file that name origin servers. */
interface Named {
  readonly origin?: string | undefined;
  readonly origins: Readonly<Record<string, string | { readonly url: string | readonly string[] }>>;
  readonly rules: readonly {
    readonly origin?: string | undefined;
    readonly match: object;
  }[];
}

interface Item {
  readonly type: "object";
  readonly origin: "value";
  readonly input: Record<string, unknown>;
  readonly key: string;
  readonly value: unknown;
}

/** Conditions that a rule with `origin` may have. */
const BY_URL: ReadonlySet<string> = new Set(["host", "path"]);

/** Checks that every name of an origin server exists, and that the URL alone decides about it. */
export function checkOrigins<File>() {
  return v.rawCheck<File>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const file = dataset.value as Named;
    for (const { message, keys } of faultsOf(file)) {
      addIssue({ message, path: pathOf(file, keys) });
    }
  });
}

interface FaultAt {
  readonly message: string;
  readonly keys: readonly (string | number)[];
}

function faultsOf({ origin, origins, rules }: Named): readonly FaultAt[] {
  const names = Object.keys(origins);
  const unknown = (name: string): string =>
    `"origins" has no ${quote(name)}${didYouMean(name, names)}`;
  // Without any name, a URL was meant.
  const unfit = (name: string): string =>
    names.length === 0 ? `expected ${ORIGIN_REFERENCE}, not ${quote(name)}` : unknown(name);
  const isUnknown = origin !== undefined && !isOrigin(origin) && !names.includes(origin);
  const faults: FaultAt[] = isUnknown ? [{ message: unfit(origin), keys: ["origin"] }] : [];
  for (const [i, { origin: name, match }] of rules.entries()) {
    if (name === undefined) continue;
    if (!names.includes(name))
      faults.push({ message: unknown(name), keys: ["rules", i, "origin"] });
    for (const condition of Object.keys(match)) {
      if (BY_URL.has(condition)) continue;
      faults.push({ message: ONLY_URL, keys: ["rules", i, "match", condition] });
    }
  }
  return faults;
}

const ONLY_URL =
  'a rule with "origin" has no condition but "host" and "path": responses are stored by URL, so the URL alone decides about the origin server';

/** Replaces the name of the origin server by its first address. */
export function resolveOrigin<File>(file: File): File {
  const { origin, origins } = file as Named;
  if (origin === undefined || isOrigin(origin)) return file;
  const entry = origins[origin];
  const url = entry === undefined || typeof entry === "string" ? entry : entry.url;
  return { ...file, origin: typeof url === "object" ? url[0] : url };
}

function pathOf(file: object, keys: readonly (string | number)[]): [Item, ...Item[]] {
  let input: unknown = file;
  const items = keys.map((key): Item => {
    const value = (input as Record<string, unknown>)[key];
    const item = { type: "object", origin: "value", input, key, value } as Item;
    input = value;
    return item;
  });
  return items as [Item, ...Item[]];
}
