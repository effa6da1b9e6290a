import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commentedKeys } from "../../scripts/commented-keys.ts";
import { parseRules } from "../../src/rules/parse.ts";
import { FEATURES } from "../../src/features.ts";

const page = readFileSync(new URL("../../docs/rules.md", import.meta.url), "utf8");

/** Keys that an object must have besides the one that is shown. */
const NEEDED: Readonly<Record<string, object>> = {
  "access.free": { requests: 10, per: "1d" },
  "access.x402": {
    facilitator: "https://facilitator.example",
    network: "eip155:8453",
    asset: `0x${"1".repeat(40)}`,
    name: "USD Coin",
    version: "2",
    payTo: `0x${"2".repeat(40)}`,
  },
  "admin.cloudflareAccess": { team: "https://acme.cloudflareaccess.com", audience: "4714c1358e65" },
  "admin.authProxy": { field: "remote-user", users: ["ann"] },
  "canonicalRedirect.maps": { from: "/v1/*", to: "/v2/:0" },
  "compression.dictionary": { match: "/assets/*" },
  "agents.bots": { name: "B", operator: "O", category: "Other" },
  "A rule": { name: "a", markdown: true },
};
const TOP_LEVEL = new Set(["agents", "paths", "timeouts", "health", "telemetry", "admin"]);
const LISTS = new Set(["canonicalRedirect.maps", "agents.bots"]);

/** The rows of the page's tables of keys: the heading above, and the five cells. */
function rows(): { heading: string; cells: string[] }[] {
  let heading = "";
  const found: { heading: string; cells: string[] }[] = [];
  for (const line of page.split("\n")) {
    if (line.startsWith("#")) heading = line.replace(/^#+ /, "").replaceAll("`", "");
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (cells.length === 5 && cells[0]?.startsWith("`")) found.push({ heading, cells });
  }
  return found;
}

/** A whole file with one member at the place that a heading names. */
function fileWith(heading: string, member: string): string {
  const object = { ...NEEDED[heading], ...(JSON.parse(`{ ${member} }`) as object) };
  if (heading === "access.limits") {
    const limits = [{ ...restOfLimit(object), ...object }];
    return JSON.stringify({ defaults: { access: { action: "limit", limits } } });
  }
  if (heading === "Top level") return JSON.stringify(object);
  if (heading === "A rule") return JSON.stringify({ rules: [object] });
  const isSection = heading === "Agents" || heading === "Paths";
  const path = isSection ? [heading.toLowerCase()] : heading.split(".");
  let value: unknown = LISTS.has(heading) ? [object] : object;
  for (const [i, key] of [...path.entries()].toReversed()) {
    value = { ...AROUND[path.slice(0, i).concat(key).join(".")], [key]: value };
  }
  if (TOP_LEVEL.has(path[0] ?? "")) return JSON.stringify(value);
  return path[0] === "match"
    ? JSON.stringify({ rules: [{ name: "a", ...(value as object), markdown: true }] })
    : JSON.stringify({ defaults: value });
}

/** Members that an object needs beside the one that a heading names. */
const AROUND: Readonly<Record<string, object>> = {
  "access.free": { action: "charge", price: "USD 0.01" },
  "access.x402": { action: "charge", price: "USD 0.01", settle: "x402" },
};

/** The options that an action of access must have besides one that is shown. */
const REQUIRED: Readonly<Record<string, (said: object) => object>> = {
  limit: restOfLimit,
  block: (said) => ("authenticate" in said ? { status: 401 } : {}),
  charge: () => ({ price: "USD 0.01" }),
};

/** The rest of a limit: one unit, and a window if the unit needs one. */
function restOfLimit(said: object): object {
  if ("concurrent" in said || "limits" in said) return {};
  return "bytes" in said ? { per: "1m" } : { requests: 60, per: "1m" };
}

/** The spelling of an option that belongs to an action, together with that action. */
function asPartOfAction(meaning: string, member: string): string {
  const [, action] = /^For "(\w+)"/.exec(meaning) ?? [];
  if (action === undefined) return member;
  const said = JSON.parse(`{${member}}`) as object;
  return JSON.stringify({ action, ...REQUIRED[action]?.(said), ...said }).slice(1, -1);
}

describe("docs/rules.md", () => {
  it("explains every key of the schema", () => {
    const keys = new Set<string>();
    const walk = (schema: Record<string, unknown>): void => {
      for (const [key, inner] of Object.entries(schema["properties"] ?? {})) {
        keys.add(key);
        walk(inner as Record<string, unknown>);
      }
      for (const each of [schema["items"], ...((schema["anyOf"] as unknown[]) ?? [])]) {
        if (typeof each === "object" && each !== null) walk(each as Record<string, unknown>);
      }
    };
    const schema = new URL("../../rules/schema.json", import.meta.url);
    walk(JSON.parse(readFileSync(schema, "utf8")) as Record<string, unknown>);
    const named = rows().map(({ cells: [key = ""] }) => key.replaceAll("`", ""));
    const features = FEATURES.map(({ key }) => key);
    // In the schema for editors, and in the changelog.
    const former = FEATURES.flatMap(({ formerKey = [] }) => formerKey);
    expect(new Set([...named, ...features, ...former])).toEqual(keys);
    for (const { cells } of rows()) expect(cells[1]).toMatch(/\S/);
  });

  it.each(rows().filter(({ cells }) => cells[4] !== ""))(
    "shows a spelling that holds: $heading, $cells.0",
    ({ heading, cells }) => {
      const member = (cells[4] as string).replace(/^`|`$/g, "").replaceAll(String.raw`\|`, "|");
      const isOption = heading === "access";
      const shown = isOption ? asPartOfAction(cells[1] as string, member) : member;
      const file = fileWith(heading, shown);
      expect(parseRules(file, FEATURES)).toMatchObject({ kind: "valid" });
    },
  );

  it("says the defaults that the schema has", () => {
    for (const { heading, cells } of rows()) {
      const [key = "", , , standard = ""] = cells;
      const [, said] = /^`(.*)`$/.exec(standard) ?? [];
      if (said === undefined || heading === "Top level" || heading === "A rule") continue;
      const written = parseRules(
        fileWith(heading, `"${key.replaceAll("`", "")}": ${said}`),
        FEATURES,
      );
      const left = parseRules(fileWith(heading, ""), FEATURES);
      if (written.kind === "valid" && left.kind === "valid") {
        expect({ heading, key, value: written.value }).toEqual({ heading, key, value: left.value });
      }
    }
  });
});

describe("comments of keys", () => {
  it("are distinguished by their context", () => {
    const code = String.raw`
      const pattern = /[{("]/; // { not: open }
      export const options = v.strictObject({
        /** Outer. @default "a" @example "b" */
        key: v.optional(v.union([v.boolean(), v.strictObject({
          /**
           * Inner,
           * in two lines.
           */
          key: v.string("} /** no */ key: "),
          bare: v.pipe(v.string(), v.regex(/^[a-z]{0,32}$/, "x")),
        })]), "a"),
        /** Behind. */
        "other-key": v.array(v.string()),
      });`;
    expect(commentedKeys(code)).toEqual([
      { path: ["options", "key"], text: "Outer.", standard: '"a"', example: '"b"' },
      { path: ["options", "key", "key"], text: "Inner, in two lines." },
      { path: ["options", "other-key"], text: "Behind." },
    ]);
  });
});
