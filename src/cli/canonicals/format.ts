import { KINDS, KIND_NAMES } from "./kinds.ts";
import { countKinds, type Finding } from "./report.ts";

/** Formats the findings for people: by kind, worst first, each with some examples. */
export function formatReport(findings: readonly Finding[], mostExamples: number): string {
  const lines: string[] = [];
  for (const kind of KIND_NAMES) {
    const found = findings.filter((each) => each.kind === kind);
    if (found.length === 0 || kind === "self") continue;
    lines.push(`${kind} (${found.length}): ${KINDS[kind]}`);
    const shown = found.slice(0, mostExamples);
    const rows = shown.map(({ from, canonical, to, status }) => {
      const target = canonical === undefined ? "" : `→ ${shorten(canonical, from)}`;
      const end = to === undefined || to === canonical ? "" : ` → ${shorten(to, from)}`;
      const state = status === undefined || status === 200 ? "" : ` (${status})`;
      return [shorten(from, from), target + state + end] as const;
    });
    const width = Math.max(...rows.map(([from]) => from.length));
    for (const [from, target] of rows) lines.push(`  ${from.padEnd(width)}  ${target}`.trimEnd());
    if (found.length > shown.length) lines.push(`  … and ${found.length - shown.length} more`);
    lines.push("");
  }
  const counts = Object.entries(countKinds(findings)).filter(([, count]) => count > 0);
  const summary = counts.map(([kind, count]) => `${count} ${kind}`).join(", ");
  return [...lines, summary, ""].join("\n");
}

/** A URL without its origin, if that is the page's origin; other texts as they are. */
function shorten(href: string, page: string): string {
  const url = URL.parse(href);
  return url?.origin === new URL(page).origin ? url.pathname + url.search : href;
}
