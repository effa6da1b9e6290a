import { AUDIT_CHECKS } from "../../audit/checks/index.ts";
import {
  CATEGORY_NAMES,
  type CheckCategory,
  type CheckedItem,
  type CheckStatus,
} from "../../audit/model.ts";
import { visible } from "../../rules/fault.ts";
import { beside, COLUMNS, paintWith, wrap, type Paint } from "../layout.ts";
import { ALL_FURTHER } from "./further-checks.ts";
import type { FullReport } from "./audit-site.ts";

/** Formats a report for people. */
export function formatAudit(report: FullReport, color: boolean): string {
  const paint = paintWith(color);
  const { url, redirectedFrom, level, levelName, score, scannerScore } = report;
  const from = redirectedFrom === undefined ? "" : ` (redirected from ${redirectedFrom})`;
  const lines = [
    paint.bold(visible(url + from)),
    `level ${level} of 5 (${levelName}), score ${score}; the public scanner would say ${scannerScore}`,
  ];
  for (const [category, name] of Object.entries(CATEGORY_NAMES)) {
    const checks = AUDIT_CHECKS.filter((check) => check.category === category);
    const items = report.checks[category as CheckCategory];
    lines.push("", paint.bold(name));
    for (const { id } of checks) {
      const item = items[id];
      if (item !== undefined) lines.push(row(id, item, paint));
    }
  }
  const further = ALL_FURTHER.flatMap(({ id }) => {
    const item = report.further[id];
    return item === undefined ? [] : [row(id, item, paint)];
  });
  if (further.length > 0) lines.push("", paint.bold("Beyond the public scanner"), ...further);
  lines.push(...adviceLines(report, paint), "", ...nextLines(report));
  return `${lines.join("\n")}\n`;
}

const AT = 31;

function row(id: string, { status, message }: CheckedItem, paint: Paint): string {
  const label = `  ${status.padEnd(7)}  ${id}`;
  const style = styleOf(status, paint);
  return beside(label, message, Math.max(AT, label.length + 2), style);
}

function styleOf(status: CheckStatus, paint: Paint): (text: string) => string {
  if (status === "pass") return paint.good;
  return status === "fail" ? paint.bad : paint.dim;
}

function adviceLines(report: FullReport, paint: Paint): string[] {
  const items = [
    ...AUDIT_CHECKS.map(({ id, category, goal }) => ({
      id,
      goal,
      item: report.checks[category][id],
    })),
    ...ALL_FURTHER.map(({ id, goal }) => ({ id, goal, item: report.further[id] })),
  ];
  const lines: string[] = [];
  for (const { id, goal, item } of items) {
    if (item?.advice === undefined) continue;
    const { rules, origin, prompt } = item.advice;
    lines.push("", ...wrap(`${id}: ${goal}`, COLUMNS).map(paint.bold));
    if (rules !== undefined) {
      const text = JSON.stringify(rules, undefined, 2).split("\n");
      lines.push(
        "  Add these keys to wayleave's rules:",
        ...text.map((line) => `    ${visible(line)}`),
      );
    }
    lines.push(
      "  At the origin server:",
      ...wrap(origin, COLUMNS - 4).map((line) => `    ${line}`),
    );
    // Whole, since it is made to be copied.
    lines.push("  For a coding agent:", `    ${visible(prompt)}`);
  }
  return lines;
}

function nextLines({ nextLevel, level }: FullReport): string[] {
  if (nextLevel === null) return ["This is the highest level."];
  const { target, name, requirements } = nextLevel;
  if (requirements.length === 0) {
    return wrap(
      `Level ${target} (${name}) needs documents that the site has no honest use for: level ${level} is its highest.`,
      COLUMNS,
    );
  }
  return wrap(
    `For level ${target} (${name}): ${requirements.map(({ check }) => check).join(", ")}.`,
    COLUMNS,
  );
}
