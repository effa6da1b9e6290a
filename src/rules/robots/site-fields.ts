import type { RobotsFile, RobotsFileLine } from "./file.ts";
import type { MergedLine } from "./merge.ts";
import type { SiteLine } from "./site-lines.ts";

/** Adds lines outside of groups to a file; the origin server's own take precedence, unless ours override them. */
export function addSiteLines(
  file: RobotsFile,
  lines: readonly SiteLine[],
  site: string,
): {
  /** Without the lines that ours override. */
  readonly file: RobotsFile;
  readonly added: readonly MergedLine[];
  readonly unsaid: readonly { pattern: string; rule: string; agents: string[]; why: string }[];
} {
  const added: MergedLine[] = [];
  const unsaid: { pattern: string; rule: string; agents: string[]; why: string }[] = [];
  const replaced = new Set<string>();
  for (const { name, value, rule, overrides } of lines) {
    const field = name.toLowerCase();
    const own = linesOf(file).find((line) => line.kind === "other-field" && line.name === field);
    if (own !== undefined && !overrides) {
      const why = `${name}: the origin server's file has one in line ${own.number}`;
      unsaid.push({ pattern: "", rule, agents: [], why });
      continue;
    }
    if (own !== undefined) replaced.add(field);
    const text = `${name}: ${value.startsWith("/") ? new URL(value, site).href : value}`;
    const because = own && ({ line: own.number, is: "overridden" } as const);
    added.push({ text, source: { from: "rule", rule, ...(because && { because }) } });
  }
  return { file: replaced.size === 0 ? file : without(file, replaced), added, unsaid };
}

function linesOf({ before, groups, after }: RobotsFile): readonly RobotsFileLine[] {
  return [...before, ...groups.flatMap(({ lead, lines }) => [...lead, ...lines]), ...after];
}

function without(file: RobotsFile, names: ReadonlySet<string>): RobotsFile {
  const rest = (lines: readonly RobotsFileLine[]): readonly RobotsFileLine[] =>
    lines.filter(({ kind, name }) => kind !== "other-field" || !names.has(name));
  return {
    ...file,
    before: rest(file.before),
    groups: file.groups.map((group) => {
      return { ...group, lead: rest(group.lead), lines: rest(group.lines) };
    }),
    after: rest(file.after),
  };
}
