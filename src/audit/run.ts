import type { CheckContext } from "./check.ts";
import { AUDIT_CHECKS } from "./checks/index.ts";
import { commerceSignals, isShop } from "./commerce.ts";
import { levelOf, LEVEL_NAMES, nextLevelOf, scoreOf, type NextLevel } from "./level.ts";
import type {
  AuditVerdict,
  CheckCategory,
  CheckedItem,
  CheckedItems,
  CheckId,
  CheckStatus,
} from "./model.ts";
import { findSigns, type SiteSigns } from "./signs.ts";
import type { AuditedSite } from "./site.ts";
import { Trail } from "./trail.ts";

/** The result of an audit, in the form of the public scanner; the further members are ours. */
export interface AuditReport {
  readonly url: string;
  readonly redirectedFrom?: string;
  readonly scannedAt: string;
  readonly level: number;
  readonly levelName: string;
  /** Our score, in which checks that do not apply do not count. */
  readonly score: number;
  /** The score of the public scanner, which counts them as failed. */
  readonly scannerScore: number;
  readonly checks: Readonly<Record<CheckCategory, Readonly<Partial<Record<CheckId, CheckedItem>>>>>;
  readonly nextLevel: NextLevel | null;
  readonly isCommerce: boolean;
  readonly commerceSignals: readonly string[];
}

export interface ScanOptions {
  readonly enabled: ReadonlySet<string>;
  readonly dns: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onCheck: (id: string) => void;
}

/** Runs the checks of the public scanner on a site. */
export async function scanSite(
  site: AuditedSite & { readonly redirectedFrom?: string },
  { enabled, dns, now, onCheck }: ScanOptions,
): Promise<AuditReport> {
  const scannedAt = new Date(now()).toISOString();
  const shop = commerceSignals(site.homePage, site.home);
  const isCommerce = isShop(shop);
  let signs: Promise<SiteSigns> | undefined;
  const found: [CheckId, CheckedItem][] = [];
  for (const check of AUDIT_CHECKS) {
    const { id } = check;
    if (!enabled.has(id)) {
      found.push([id, EXCLUDED]);
      continue;
    }
    onCheck(id);
    const context = { site, isCommerce, dns, signs: () => (signs ??= findSigns(site)) };
    found.push([id, await checkItem(context, (whole) => check.run(whole), now)]);
  }
  const checks = Object.fromEntries(found) as Record<CheckId, CheckedItem>;
  const level = levelOf(checks);
  return {
    url: site.origin,
    ...(site.redirectedFrom === undefined ? {} : { redirectedFrom: site.redirectedFrom }),
    scannedAt,
    level,
    levelName: LEVEL_NAMES[level] ?? "",
    score: scoreOf(checks, isCommerce, ({ status }) => status),
    scannerScore: scoreOf(
      checks,
      isCommerce,
      ({ status, scannerStatus }) => scannerStatus ?? status,
    ),
    checks: byCategory(checks),
    nextLevel: nextLevelOf(checks),
    isCommerce,
    commerceSignals: shop,
  };
}

/** The result of a check that the audit was not to run; the scanner lists it, too. */
export const EXCLUDED: CheckedItem = {
  status: "neutral",
  message: "excluded by scan configuration",
  evidence: [],
  durationMs: 0,
};

const OUTCOMES = {
  pass: "positive",
  fail: "negative",
  neutral: "neutral",
} as const satisfies Record<CheckStatus, string>;

/** Runs one check, and adds its evidence and time. */
export async function checkItem(
  context: Omit<CheckContext, "trail">,
  run: (context: CheckContext) => Promise<AuditVerdict>,
  now: () => number,
): Promise<CheckedItem> {
  const began = now();
  const trail = new Trail();
  const verdict = await run({ ...context, trail });
  trail.note("conclude", "Conclusion", OUTCOMES[verdict.status], verdict.message);
  return { ...verdict, evidence: trail.steps, durationMs: Math.max(0, now() - began) };
}

function byCategory(checks: CheckedItems): AuditReport["checks"] {
  const groups: Record<CheckCategory, Partial<Record<CheckId, CheckedItem>>> = {
    discoverability: {},
    contentAccessibility: {},
    botAccessControl: {},
    discovery: {},
    commerce: {},
  };
  for (const { id, category } of AUDIT_CHECKS) groups[category][id] = checks[id];
  return groups;
}
