import { AUDIT_CHECKS } from "../../audit/checks/index.ts";
import {
  CATEGORY_NAMES,
  type Advice,
  type AuditStep,
  type CheckCategory,
  type CheckedItem,
} from "../../audit/model.ts";
import { EXCLUDED } from "../../audit/run.ts";
import { escapeHtml } from "../../http/html-text.ts";
import { ALL_FURTHER } from "./further-checks.ts";
import type { FullReport } from "./audit-site.ts";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
caption, th { text-align: left; }
caption { font-size: 1.25rem; font-weight: 600; padding: 1rem 0 .25rem; }
th, td { border-top: 1px solid #8888; padding: .35rem .75rem .35rem 0; vertical-align: top; font-weight: normal; }
thead th { font-weight: 600; }
pre { overflow: auto; padding: .75rem; border: 1px solid #8888; }
.status { font-weight: 600; white-space: nowrap; }
`;

/** Writes a report as a page that needs nothing else, and that runs no script. */
export function writeAuditPage(report: FullReport): string {
  const { url, level, levelName, score, scannerScore, scannedAt } = report;
  const sections = Object.entries(CATEGORY_NAMES).map(([category, name]) => {
    const checks = AUDIT_CHECKS.filter((check) => check.category === category);
    const items = report.checks[category as CheckCategory];
    return table(
      name,
      checks.map(({ id, title }) => [id, title, items[id]] as const),
    );
  });
  const further = ALL_FURTHER.map(({ id, title }) => [id, title, report.further[id]] as const);
  const title = `Agent readiness of ${url}`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="robots" content="noindex">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<h1>${escapeHtml(title)}</h1>`,
    `<p>Level ${level} of 5 (${escapeHtml(levelName)}), score ${score}; the public scanner would say ${scannerScore}. <time datetime="${escapeHtml(scannedAt)}">${escapeHtml(scannedAt)}</time></p>`,
    ...sections,
    table("Beyond the public scanner", further),
    ...adviceSection(report),
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

type Row = readonly [id: string, title: string, item: CheckedItem | undefined];

/** A table of checks; "" if none was to run. */
function table(caption: string, rows: readonly Row[]): string {
  const body = rows.flatMap(([id, title, item]) =>
    item === undefined || item === EXCLUDED
      ? []
      : [
          `<tr><th scope="row">${escapeHtml(title)}<br><code>${escapeHtml(id)}</code></th>`,
          `<td class="status">${escapeHtml(item.status)}</td>`,
          `<td>${escapeHtml(item.message)}${evidence(item.evidence)}</td></tr>`,
        ],
  );
  if (body.length === 0) return "";
  const head =
    '<thead><tr><th scope="col">Check</th><th scope="col">Status</th><th scope="col">Result</th></tr></thead>';
  return `<table><caption>${escapeHtml(caption)}</caption>${head}<tbody>\n${body.join("\n")}\n</tbody></table>`;
}

function evidence(steps: readonly AuditStep[]): string {
  if (steps.length === 0) return "";
  const items = steps.map(({ label, response, finding }) => {
    const fields = Object.entries(response?.headers ?? {}).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const shown = fields.length === 0 ? "" : `<pre>${escapeHtml(fields.join("\n"))}</pre>`;
    return `<li>${escapeHtml(label)}: ${escapeHtml(finding.summary)}${shown}</li>`;
  });
  return `<details><summary>Evidence</summary><ol>${items.join("")}</ol></details>`;
}

function adviceSection(report: FullReport): string[] {
  const items = [
    ...AUDIT_CHECKS.map(
      ({ id, category, goal }) => [id, goal, report.checks[category][id]] as const,
    ),
    ...ALL_FURTHER.map(({ id, goal }) => [id, goal, report.further[id]] as const),
  ];
  const parts = items.flatMap(([id, goal, item]) =>
    item?.advice === undefined ? [] : [advicePart(id, goal, item.advice)],
  );
  return parts.length === 0 ? [] : ["<h2>What to do</h2>", ...parts];
}

function advicePart(id: string, goal: string, { rules, origin, prompt }: Advice): string {
  const inRules =
    rules === undefined
      ? ""
      : `<h4>In wayleave's rules</h4><pre><code>${escapeHtml(JSON.stringify(rules, undefined, 2))}</code></pre>`;
  return [
    `<section><h3>${escapeHtml(goal)} (<code>${escapeHtml(id)}</code>)</h3>`,
    inRules,
    `<h4>At the origin server</h4><p>${escapeHtml(origin)}</p>`,
    `<h4>For a coding agent</h4><pre><code>${escapeHtml(prompt)}</code></pre></section>`,
  ].join("\n");
}
