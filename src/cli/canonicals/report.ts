import { comparable, type Sameness } from "../../features/canonical-redirect/canonical.ts";
import {
  decideDestination,
  type NextHop,
  type ChainAddress,
} from "../../features/canonical-redirect/destination.ts";
import type { WalkedPage } from "./page.ts";
import type { Walk } from "./walk.ts";

/** The kinds of findings, worst first. */
const KINDS = [
  "loop",
  "target-not-200",
  "conflicting",
  "invalid",
  "chain-too-long",
  "cross-origin",
  "missing",
  "chain",
  "redirect",
  "self",
] as const;

type FindingKind = (typeof KINDS)[number];

/** Kinds for which the command fails. */
export const PROBLEMS: ReadonlySet<FindingKind> = new Set(KINDS.slice(0, 5));

interface Finding {
  readonly kind: FindingKind;
  readonly from: string;
  readonly canonical?: string;
  /** The target to which a crawler would be redirected. */
  readonly to?: string;
  /** The canonical's status, if it was requested; 0 for no response. */
  readonly status?: number;
  readonly source?: string;
}

const MAX_CHAIN = 5;

/** Reports for each page of the crawl what the proxy would do. */
export function reportOn({ pages }: Walk, sameness: Sameness): Finding[] {
  const stopAt = (href: string): ChainAddress => {
    const key = comparable(new URL(href), sameness);
    return { key, step: stepOf(pages.get(key)) };
  };
  const findings: Finding[] = [];
  for (const [key, { url: from, canonical }] of pages) {
    if (canonical === undefined) continue;
    if (canonical.kind === "stays") {
      const { named } = canonical;
      const kind = kindOfStay(canonical.reason);
      findings.push({ kind, from, ...(named === undefined ? {} : { canonical: named }) });
      continue;
    }
    const { to: named, source } = canonical;
    const target = pages.get(comparable(new URL(named), sameness));
    const status = target?.status;
    const about = { from, canonical: named, source, ...(status === undefined ? {} : { status }) };
    const bounds = { maxChain: MAX_CHAIN, cameFrom: new Set<string>() };
    const end = decideDestination(key, named, stopAt, bounds);
    if (end.kind === "redirect") {
      const isFound = status === undefined || status === 200;
      const kind = isFound ? (end.hops > 1 ? "chain" : "redirect") : "target-not-200";
      findings.push({ kind, ...about, to: end.to });
    } else {
      const kind = end.kind === "declined" ? kindOfReason(end.reason) : "loop";
      findings.push({ kind, ...about });
    }
  }
  return findings.toSorted(
    (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.from < b.from ? -1 : 1),
  );
}

function stepOf(facts: WalkedPage | undefined): NextHop {
  if (facts === undefined) return { kind: "ends" };
  const { status, location, canonical } = facts;
  if (status >= 300 && status < 400 && location !== undefined) {
    const isOurs = new URL(location).origin === new URL(facts.url).origin;
    const isLasting = status === 301 || status === 308;
    return isOurs ? { kind: "moved", to: location, isLasting } : { kind: "ends" };
  }
  if (status !== 200) return { kind: "gone" };
  return canonical?.kind === "elsewhere"
    ? { kind: "canonical", to: canonical.to }
    : { kind: "ends" };
}

function kindOfStay(reason: string): FindingKind {
  if (reason === "canonicals-conflict") return "conflicting";
  if (reason === "canonical-invalid" || reason === "canonical-empty") return "invalid";
  if (reason === "canonical-cross-origin") return "cross-origin";
  return reason === "canonical-is-self" ? "self" : "missing";
}

function kindOfReason(reason: string): FindingKind {
  if (reason === "canonical-target-missing") return "target-not-200";
  return reason === "canonical-chain-too-long" ? "chain-too-long" : "loop";
}

/** The number of findings of each kind. */
export function countKinds(findings: readonly Finding[]): Record<FindingKind, number> {
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  for (const { kind } of findings) counts[kind] += 1;
  return counts;
}

/** Formats the findings as a table for people, worst first. */
export function formatTable(findings: readonly Finding[]): string {
  const rows = findings
    .filter(({ kind }) => kind !== "self")
    .map(({ kind, from, canonical, to, status }) => {
      const target = canonical === undefined ? "" : shorten(canonical, from);
      const end = to === undefined || to === canonical ? "" : ` → ${shorten(to, from)}`;
      const state = status === undefined || status === 200 ? "" : ` (${status})`;
      return [kind, shorten(from, from), target === "" ? "" : `→ ${target}${state}${end}`];
    });
  const widths = [0, 1].map((i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const counts = Object.entries(countKinds(findings)).filter(([, count]) => count > 0);
  const summary = counts.map(([kind, count]) => `${count} ${kind}`).join(", ");
  return [...lines, ...(rows.length > 0 ? [""] : []), summary || "no pages", ""].join("\n");
}

/** A URL without its origin, if that is the page's origin. */
function shorten(href: string, page: string): string {
  const url = new URL(href);
  return url.origin === new URL(page).origin ? url.pathname + url.search : href;
}
